"""eSpeak NG's program at another time of day: its noise is seeded differently whenever the library is loaded.

espeak_Initialize takes the second of the clock for that, and a test cannot wait for every second.
"""

import itertools

from engine.tts import espeak_child

main = espeak_child.main
seconds = itertools.count(1_700_000_000, 61)


class Espeak(espeak_child.Espeak):
    def _load(self) -> int:
        hz = super()._load()
        self.lib.espeak_ng_SetRandSeed(next(seconds))
        return hz


espeak_child.Espeak = Espeak  # type: ignore[misc]
