"""A full-duplex predictor made of rules over the VAD, the levels and the reference: it needs no model.

How the rules work, and what they cannot do:

- `user_speaking`: the VAD on the echo-reduced microphone, discounted by how well the loudspeaker alone explains
  what is left there: the residual is compared with the reference's level through a coupling that is tracked while
  the assistant talks. A second person or a television is a voice like the user's: rules cannot tell.
- `turn_ending` and `turn_done`: silence against a wait that depends on how finished the words so far sound
  (`View.sense`).
- `takes_floor`: how long the voice over the reply has lasted, later for a hum (energy below 1 kHz only: "mm-hm")
  than for articulate speech. A cough is short; a long cough is told apart only by the words that do not follow.
"""

from dataclasses import dataclass, replace
from math import exp

import numpy as np

from audio_io.ears import Heard
from audio_io.frames import HOP, MIC_HZ, hops
from engine.duplex.features import level_db
from engine.duplex.predictor import View
from engine.turns.floor import Floor, Hop

SILENT_DB = -100.0


def logistic(x: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, x))))


_SPLIT = int(1000 / MIC_HZ * HOP)                # bin of 1 kHz
_LOW = int(120 / MIC_HZ * HOP)                   # bin of 120 Hz
_WINDOW = np.hanning(HOP)


def energies(x: np.ndarray) -> tuple[float, float]:
    """-> a hop's energy above 1 kHz, and all of it above 120 Hz (any unit). x: [HOP] at 16 kHz."""
    power = np.square(np.abs(np.fft.rfft(x * _WINDOW)))
    return float(power[_SPLIT:].sum()), float(power[_LOW:].sum())


@dataclass(frozen=True, slots=True)
class RuleState:
    """Everything the rules remember between hops."""

    ref_db: float = SILENT_DB                    # reference level with a decay, as the room lets it ring
    coupling_db: float = -12.0                   # residual level minus ref_db while only the assistant talks: high side
    learnt: int = 0                              # hops of playing that taught the coupling
    loud_db: float = SILENT_DB                   # the loudest voice of late, with a decay
    noise_db: float = -70.0                      # background level of the clean signal
    voice: int = 0                               # hops of voice in the present burst, bridging short gaps
    high: float = 0.0                            # energy of the burst above 1 kHz
    all: float = 0.0                             # ... and all of it
    silence: int = 999                           # hops since the last voice
    since_play: int = 999                        # hops since the reference was last active
    talked: int = 0                              # hops of voice in the user's turn


@dataclass(frozen=True, slots=True)
class RulePredictor:
    """Times in ms. `wait_*`: silence that ends a turn whose words sound finished / unknown / unfinished."""

    wait_finished_ms: float = 160
    wait_unknown_ms: float = 620
    wait_unfinished_ms: float = 2000
    finished: float = 0.8                        # View.sense from here on: a whole request
    slope: float = 0.35                          # of turn_done over silence, in waits: what patience can move
    ahead_ms: float = 70                         # turn_ending goes before turn_done by as much as final words take
    takes_ms: float = 220
    takes_hum_ms: float = 700
    hum_db: float = -22.0                        # energy above 1 kHz to all: speech -18 and more, "mm-hm" -28
    margin_db: float = 6.0
    ref_decay_db: float = 1.2                    # per hop: about 37 dB/s, an ordinary living room's ring
    ref_on_db: float = -55.0
    early_ms: float = 3000                       # of playing, until `clean` alone tells the user's voice ...
    early_db: float = 13.0                       # ... and until then a voice in `whole` must be louder by as much
    fall_db: float = 24.0
    loud_decay_db: float = 0.3                   # per hop: 9 dB/s
    bridge_ms: float = 96

    def init_state(self) -> RuleState:
        return RuleState()

    def __call__(self, heard: Heard, view: View, state: RuleState) -> tuple[Hop, RuleState]:
        clean_db, raw_ref_db = level_db(heard.clean), level_db(heard.ref)
        s = replace(state, ref_db=max(raw_ref_db, state.ref_db - self.ref_decay_db))
        playing = s.ref_db > self.ref_on_db
        s = replace(s, since_play=0 if playing else min(999, s.since_play + 1))
        near = self._near(clean_db, s, playing)
        decayed = max(SILENT_DB, s.loud_db - self.loud_decay_db)
        voice = max(heard.vad, heard.vad_whole) > 0.5
        s = replace(s, loud_db=max(clean_db, decayed) if voice else decayed)
        # the VAD lingers for 100 ms; a fall of 24 dB ends a voice at once
        # in the first seconds the suppressor is so strict that the VAD misses who speaks over it
        early = heard.vad_whole if s.learnt < hops(self.early_ms) else 0.0
        vad = max(heard.vad * near, early * self._near(clean_db - self.early_db, s, playing))
        speaking = vad * logistic((clean_db - s.loud_db + self.fall_db) / 1.5)
        s = self._learn(clean_db, s, playing, speaking, view)
        s = self._burst(heard, s, speaking, view)
        return self._judge(speaking, s, view), s

    def rest(self, state: RuleState, n: int) -> RuleState:
        s = state
        bridged = min(999, s.silence + n) <= hops(self.bridge_ms)
        return replace(s, ref_db=max(SILENT_DB, s.ref_db - n * self.ref_decay_db),
                       loud_db=max(SILENT_DB, s.loud_db - n * self.loud_decay_db), silence=min(999, s.silence + n),
                       since_play=min(999, s.since_play + n), voice=s.voice if bridged else 0,
                       high=s.high if bridged else 0.0, all=s.all if bridged else 0.0, talked=0)  # fmt: skip

    def _near(self, clean_db: float, s: RuleState, playing: bool) -> float:
        """Probability that what is left after echo removal is not echo."""
        if not playing:
            return 1.0
        untrained = 15.0 * max(0.0, 1 - s.learnt / hops(1000))            # a stricter rule until the echo is known
        expected = s.ref_db + s.coupling_db
        return logistic((clean_db - expected - self.margin_db - untrained) / 1.5)

    def _learn(self, clean_db: float, s: RuleState, playing: bool, speaking: float, view: View) -> RuleState:
        if not playing:
            if speaking < 0.2:
                s = replace(s, noise_db=s.noise_db + 0.05 * (clean_db - s.noise_db))
            return s
        if speaking > 0.5 or s.voice > 0:
            return s                                                     # the user may be in it: learn nothing
        over = clean_db - s.ref_db - s.coupling_db
        rate = 0.3 if over > 0 else 0.02                                 # follows the louder residuals, forgets slowly
        return replace(s, coupling_db=max(-60.0, s.coupling_db + rate * over), learnt=min(9999, s.learnt + 1))

    def _burst(self, heard: Heard, s: RuleState, speaking: float, view: View) -> RuleState:
        if speaking > 0.5:
            high, every = energies(heard.whole)
            return replace(s, voice=s.voice + 1, high=s.high + high, all=s.all + every, silence=0, talked=s.talked + 1)
        silence = min(999, s.silence + 1)
        if silence > hops(self.bridge_ms):
            s = replace(s, voice=0, high=0.0, all=0.0)
        talked = s.talked if view.floor in (Floor.HEARING, Floor.HELD, Floor.ENDING) else 0
        return replace(s, silence=silence, talked=talked)

    def wait_ms(self, sense: float) -> float:
        """Silence to wait for after words that sound this finished: linear between the three."""
        waits = (self.wait_unfinished_ms, self.wait_unknown_ms, self.wait_finished_ms)
        return float(np.interp(sense, (0.0, 0.5, self.finished), waits))

    def _judge(self, speaking: float, s: RuleState, view: View) -> Hop:
        silence_ms = s.silence * HOP * 1000 / MIC_HZ
        wait = self.wait_ms(view.sense)
        done = logistic((silence_ms - wait) / (self.slope * wait)) if s.silence else 0.0
        # words that go on must not be torn apart by asking for the final ones
        ahead = self.ahead_ms if view.sense >= self.finished else 0.0
        ending = logistic((silence_ms - wait + ahead) / 20) if s.silence else 0.0
        voice_ms = s.voice * HOP * 1000 / MIC_HZ
        hum = s.high < s.all * 10 ** (self.hum_db / 10)
        needed = self.takes_hum_ms if hum else self.takes_ms
        takes = logistic((voice_ms - needed) / 40) if s.voice else 0.0
        welcome = 0.0
        if view.floor is Floor.HEARING and s.talked > hops(3000) and hops(160) <= s.silence <= hops(320):
            welcome = 0.7 * (1 - view.sense)
        return Hop(speaking, done, ending, takes, welcome)
