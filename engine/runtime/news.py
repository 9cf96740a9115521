"""What the session tells whoever watches it: facts, in order, stamped with the microphone's time.

    name          fields                                      meaning
    ready                                                     microphone, voice and words are there
    floor         state                                       who has the floor
    level         mic, speaker                                peaks 0..1 since the last one, about ten a second
    user_start    user_end                                    the user's voice begins, ends
    words, final  text                                        words so far (cumulative), the words of the turn
    reply_text    reply, text                                 one more phrase of reply number `reply`, as generated
    reply_start   reply                                       its first sample leaves the loudspeaker
    heard         reply, text                                 words that left the loudspeaker (cumulative)
    duck, unduck                                              the voice goes down, comes back
    yield         reply, heard                                interrupted; `heard` as above
    resume        reply                                       the interruption was none: it goes on
    reply_end     reply                                       its last sample has left
    backchannel   text                                        a short sign of listening was given
    tool          name, arguments, result                     the assistant used a tool
    heard_nothing                                             there was a voice, but no words
    latency       wait_ms, listen_ms, think_ms, speak_ms,     of the last turn; a stage that took no part is absent;
                  total_ms                                    wait: from the last word to the end of the turn
    mode          mode, muted                                 "open" or "push"; the microphone is muted
    status        text, trouble, source                       `trouble`: the user has to do something; source: who
                                                              says so, "device" if absent, "engine", "window"
    echo          erle_db, delay_ms                           how much echo is removed, how late it is
    error         what, do                                    what broke, what to do about it
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class News:
    """`t`: seconds on the microphone's clock. `fields`: as in the table above; nobody changes it after sending."""

    t: float
    name: str
    fields: dict[str, Any] = field(default_factory=dict)
