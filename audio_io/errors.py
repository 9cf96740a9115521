"""The one family of errors that is meant for the user: a line that says what, where, and what to do.

    Trouble                 exit code 1: it failed
     +- WrongUse            exit code 2: a typo, a missing argument, a file that is not what it should be
     +- NotHere             exit code 3: not possible on this machine (no display, no device, no model)
"""


from audio_io.notices import Said


class Trouble(Exception):
    """It failed. `str(error)` is the line to print; nothing else is. said: the same, for who may translate it."""

    code = 1

    def __init__(self, said: Said = "") -> None:
        super().__init__(str(said))
        self.said = said


def words_of(error: BaseException) -> Said:
    """-> what a caught error says: a Trouble's statement if it has one, else the error's own words."""
    return error.said if isinstance(error, Trouble) else str(error)


class WrongUse(Trouble):
    """The user can mend it by asking differently."""

    code = 2


class NotHere(Trouble):
    """This machine lacks something; the line says what to install, plug in or choose instead."""

    code = 3
