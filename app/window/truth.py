"""What the window may say of the session: one state, what is wrong, what to do. Pure, no Qt and no clock of its own.

Facts come in; `passes` tells how much time went by, so that silence counts as well: a state that claims to hear needs
samples that flow. Whatever was wrong is forgotten as soon as what it lacked is there again.
"""

from collections.abc import Callable

from engine.messages import Source

GRACE_MS = 5000.0                # after "ready", until the first samples have to be there
FLOWING_MS = 1500.0              # no level for so long: no samples flow
ZEROS_MS = 1500.0                # exact zeros for so long: no room is that quiet
THINK_MS = 15_000.0              # an answer that takes longer is explained
START_MS = 30_000.0              # a start that takes longer is explained
NOTHING_MS = 3000.0              # how long "no words" is shown
NEEDS_EARS = ("quiet", "hearing", "ending")


class Truth:
    """`line` is "" or what is wrong now. tr: the user's language."""

    def __init__(self, tr: Callable[[str], str] = str) -> None:
        self.tr = tr
        self.floor, self.mode = "starting", "open"
        self.ducked = self.muted = False
        self.troubles: dict[Source, str] = {}    # what each says is wrong
        self.push_hint = ""
        self._ready = self._flowed = False
        self._dry = self._zeros = self._held = self._nothing = 0.0       # milliseconds

    # -- facts --------------------------------------------------------------------------------------
    def ready(self) -> None:
        self._ready = True
        self._dry = FLOWING_MS - GRACE_MS
        if self.floor == "starting":
            self.turn("quiet")

    def turn(self, floor: str) -> None:
        self.floor, self._held = floor, 0.0
        self.ducked = floor == "ducked"

    def duck(self, on: bool) -> None:
        self.ducked = on

    def level(self, mic: float) -> None:
        """A level has arrived; mic: the microphone's peak 0..1."""
        self._dry, self._flowed = 0.0, True
        if mic > 0.0 or self.muted:
            self._zeros = 0.0

    def modes(self, mode: str, muted: bool) -> None:
        self.mode, self.muted = mode, muted
        self._zeros = 0.0

    def status(self, text: str, trouble: bool, source: Source) -> None:
        if trouble:
            self.troubles[source] = text
        else:
            self.troubles.pop(source, None)

    def heard_nothing(self) -> None:
        self._nothing = NOTHING_MS

    def passes(self, ms: float) -> None:
        self._dry += ms
        self._held += ms
        self._nothing = max(0.0, self._nothing - ms)
        if self._flowed and not self.muted:
            self._zeros += ms

    # -- what is shown ------------------------------------------------------------------------------
    @property
    def flowing(self) -> bool:
        """Samples come in, as far as one can tell."""
        return not (self._ready or self._flowed) or self._dry < FLOWING_MS

    @property
    def line(self) -> str:
        """-> "" or one line: what is wrong and what to do. The first that explains the others."""
        if self.troubles:
            return next(iter(self.troubles.values()))
        if not self.flowing:
            return self.tr("No samples arrive from the microphone. Parley looks for it; check the plug, or choose "
                           "another one in the settings.")
        if self._zeros >= ZEROS_MS:
            return self.tr("The microphone delivers nothing but zeros. Switch it on, or allow Parley to use it in "
                           "the system's privacy settings.")
        if self.floor == "starting" and self._held >= START_MS:
            return self.tr("Starting takes longer than it should. Wait, or close Parley and run `parley doctor`.")
        return ""

    def shown(self) -> tuple[str, str]:
        """-> (state, hint); a hint that is empty is the state's usual one."""
        state = "ducked" if self.floor == "talking" and self.ducked else self.floor
        if line := self.line:
            if not self.troubles and state == "starting":
                return state, line
            if Source.ENGINE in self.troubles:
                return "stuck", line
            if not self.flowing or self._zeros >= ZEROS_MS:
                return "no sound", line
            return "trouble", line
        if self.muted and state in NEEDS_EARS:
            return "muted", ""
        if self._nothing and state == "quiet":
            return state, self.tr("There was a sound, but no words.")
        if state == "thinking" and self._held >= THINK_MS:
            return state, self.tr("It takes longer than usual. Escape gives up.")
        if state == "quiet" and self.mode == "push":
            return state, self.push_hint or self.tr("Hold the button or the space bar and speak.")
        return state, ""
