"""Who speaks when: two talkers take turns as people do, and everything else that a microphone hears.

Gaps between turns, back-channels, interruptions and pauses follow what is known of telephone conversations: most
changes of speaker within -0.3 to 0.7 s of the end with the peak at 0.2 s, a listener's nod every few clauses.
Times are samples at MIC_HZ; nothing here is filtered or mixed, so every label is exact.
"""

import random
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from audio_io.frames import MIC_HZ
from engine.training.dialogues.people import Spoken, Talker, noise_alone, numpy_rng
from engine.training.dialogues.recordings import Recordings, seconds
from engine.training.dialogues.sound import cough, door, faded, keyboard, levelled, quietest
from engine.training.dialogues.text import Kind

USER, ASSISTANT = 0, 1
LONGEST_S = 62.0
NOD_EARLY_S, NOD_LATE_S = -0.25, 0.8             # of a back-channel, about the clause's end
ROOM_FOR_NOD_S = (0.1, 0.7)                      # a `backchannel_here` window about the clause's end


@dataclass(frozen=True, slots=True)
class Event:
    """One sound of one side. at: sample where spoken.pcm begins. gain: linear, to LEVEL. far: further from the mic."""

    side: int
    kind: str
    at: int
    spoken: Spoken
    takes_floor: bool = False
    gain: float = 1.0
    far: bool = False
    cut: bool = False                             # the other one took the floor before the end

    @property
    def start(self) -> int:
        return self.at + self.spoken.start

    @property
    def end(self) -> int:
        return self.at + self.spoken.end

    def label(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "start": seconds(self.start), "end": seconds(self.end), "kind": self.kind, "text": self.spoken.text,
            "pauses": [[seconds(self.at + s), seconds(self.at + e)] for s, e in self.spoken.pauses],
            "takes_floor": self.takes_floor,
        }  # fmt: skip
        return made | ({"cut": True} if self.cut else {})


@dataclass(frozen=True, slots=True)
class Manner:
    """How these two converse. Shares are 0..1 a turn or a clause; `kinds`: what a turn of either side is, weighted."""

    kinds: tuple[dict[Kind, float], dict[Kind, float]]
    interrupts: tuple[float, float]               # by the user, by the assistant, of the other's longer turns
    nods: tuple[float, float]                     # of a clause of the other
    gap_s: float = 0.22                           # median between turns
    quick: bool = True                            # people overlap; a machine does not


CALL = Manner(
    ({"long": 5, "short": 4, "question": 1.5}, {"long": 5, "short": 4, "question": 1.5}), (0.12, 0.10), (0.30, 0.30)
)
HELPER = Manner(
    ({"command": 6, "question": 2, "short": 2, "long": 2}, {"reply": 8, "short": 1}), (0.18, 0.03), (0.22, 0.08),
    0.55, False,
)  # fmt: skip


@dataclass
class Scene:
    """The conversation so far. total: samples."""

    events: list[Event] = field(default_factory=list)
    total: int = 0

    def of(self, side: int, *kinds: str) -> list[Event]:
        return [e for e in self.events if e.side == side and (not kinds or e.kind in kinds)]

    def free(self, side: int, start: int, end: int, margin_s: float = 0.3) -> bool:
        """Whether this side is silent from start to end, and a margin around it."""
        m = int(margin_s * MIC_HZ)
        return all(e.end + m <= start or e.start - m >= end for e in self.of(side))


def varied(manner: Manner, rng: random.Random) -> Manner:
    """No two pairs are alike: a talkative one, a silent one, one who nods all the time."""
    talk = (rng.uniform(0.3, 2.5), rng.uniform(0.3, 2.5))
    kinds = tuple({k: w * (talk[i] if k in ("long", "reply") else 1.0) for k, w in manner.kinds[i].items()}
                  for i in (0, 1))  # fmt: skip
    return replace(
        manner, kinds=(kinds[0], kinds[1]),
        interrupts=(manner.interrupts[0] * rng.uniform(0, 2), manner.interrupts[1] * rng.uniform(0, 2)),
        nods=(manner.nods[0] * rng.uniform(0, 2.2), manner.nods[1] * rng.uniform(0, 2.2)),
        gap_s=manner.gap_s * rng.uniform(0.7, 1.4),
    )  # fmt: skip


def gap_s(manner: Manner, side: int, rng: random.Random) -> float:
    """Seconds from the end of one's turn to the start of the other's, `side` being the one who begins."""
    if not manner.quick and side == ASSISTANT:
        return min(1.5, max(0.15, rng.lognormvariate(0, 0.5) * manner.gap_s))
    if rng.random() < 0.14:
        return rng.uniform(0.6, 1.5)
    return min(1.5, max(-0.3, rng.gauss(manner.gap_s, 0.24)))


def converse(talkers: tuple[Talker, Talker], manner: Manner, wanted_s: float, rng: random.Random) -> Scene:
    """-> the turns, interruptions, back-channels and laughs of about wanted_s seconds."""
    scene = Scene()
    manner = varied(manner, rng)
    at, who = int(rng.uniform(0.3, 2.0) * MIC_HZ), rng.choice((USER, USER, ASSISTANT))
    taking = False                                # this turn began by interrupting
    while at < wanted_s * MIC_HZ:
        spoken = _fitting(talkers[who], manner.kinds[who], at, rng, taking)
        if spoken is None:
            break
        event = Event(who, "turn", at - spoken.start, spoken, who == USER)
        onset = _interruption(event, manner, rng)
        if onset:
            event = _given_up(event, onset, rng)
        scene.events.append(event)
        _nods(scene, event, talkers[1 - who], manner.nods[1 - who], rng)
        who, taking = 1 - who, bool(onset)
        at = onset or event.end + int(gap_s(manner, who, rng) * MIC_HZ)
        at = max(at, event.start + MIC_HZ // 4)
    last = max((e.end for e in scene.events), default=at)
    scene.total = last + int(rng.uniform(1.2, 2.5) * MIC_HZ)
    scene.events.sort(key=lambda e: (e.start, e.side))
    return scene


def _fitting(
    talker: Talker, kinds: dict[Kind, float], at: int, rng: random.Random, taking: bool
) -> Spoken | None:
    """-> a turn that ends before LONGEST_S, or None."""
    for k in range(5):
        kind = rng.choices(list(kinds), list(kinds.values()))[0]
        if taking and rng.random() < 0.5:
            kind = "stop" if "command" in kinds else "question"
        spoken = talker.turn(kind if k < 3 else "short", rng)
        if spoken.end > spoken.start and at + spoken.end < LONGEST_S * MIC_HZ:
            return spoken
    return None


def _interruption(event: Event, manner: Manner, rng: random.Random) -> int:
    """-> the sample at which the other cuts in, or 0."""
    n = event.end - event.start
    if n < 2.0 * MIC_HZ or rng.random() >= manner.interrupts[1 - event.side]:
        return 0
    return event.start + int(rng.uniform(0.25, 0.9) * n)


def _given_up(event: Event, onset: int, rng: random.Random) -> Event:
    """The interrupted one stops 0.15 to 1.4 s later, between words or in one."""
    later = min(1.4, max(0.15, rng.lognormvariate(0, 0.5) * 0.5))
    stop = quietest(event.spoken.pcm, onset + int(later * MIC_HZ) - event.at, 0.06)
    spoken = event.spoken
    if stop >= spoken.end - MIC_HZ // 10:
        return event
    pauses = tuple((s, e) for s, e in spoken.pauses if e < stop)
    ended = next((s for s, e in spoken.pauses if s < stop <= e), stop)           # stopped while silent already
    short = replace(
        spoken, pcm=faded(spoken.pcm[:stop]), end=ended, pauses=pauses, whole=False,
        clauses=tuple(c for c in spoken.clauses if c < ended - MIC_HZ // 4),
        text=_share(spoken.text, (ended - spoken.start) / (spoken.end - spoken.start)),
    )  # fmt: skip
    return replace(event, spoken=short, cut=True)


def _share(text: str, share: float) -> str:
    words = text.split()
    return " ".join(words[: max(1, round(share * len(words)))])


def _nods(scene: Scene, turn: Event, listener: Talker, p: float, rng: random.Random) -> None:
    """Back-channels and laughs of the listener, about the ends of clauses, at least 1.5 s apart."""
    free = turn.start + int(0.8 * MIC_HZ)
    side = 1 - turn.side
    for clause in turn.spoken.clauses:
        at = turn.at + clause
        if at < free or at > turn.end - MIC_HZ // 2 or rng.random() >= p:
            continue
        kind = "laugh" if rng.random() < 0.07 else "backchannel"
        spoken = listener.laugh(rng) if kind == "laugh" else listener.backchannel(rng)
        late = min(NOD_LATE_S, max(NOD_EARLY_S, rng.gauss(0.15, 0.25)))
        start = at + int(late * MIC_HZ) - spoken.start
        event = Event(side, kind, start, spoken, gain=rng.uniform(0.35, 1.0))
        heard = spoken.end > spoken.start and event.end < turn.end - MIC_HZ // 5
        if heard and scene.free(side, event.start, event.end):
            scene.events.append(event)
            free = event.end + int(1.5 * MIC_HZ)


def nod_windows(scene: Scene) -> list[list[float]]:
    """-> where the assistant's "mm-hm" would be welcome: about the clauses of the user's longer turns."""
    early, late = (int(s * MIC_HZ) for s in ROOM_FOR_NOD_S)
    found: list[list[float]] = []
    for turn in scene.of(USER, "turn"):
        last = turn.start
        for clause in turn.spoken.clauses:
            at = turn.at + clause
            if at - last >= 1.8 * MIC_HZ and turn.end - at > MIC_HZ // 2:
                found.append([seconds(at - early), seconds(min(at + late, turn.end))])
                last = at
    return found


# -- what else there is to hear ---------------------------------------------------------------------------
def disturb(scene: Scene, own: Talker, others: list[Talker], recordings: Recordings | None, rate: float,
            rng: random.Random) -> None:  # fmt: skip
    """Adds about `rate` sounds a minute to the user's side: coughs, keyboards, doors, animals, other voices."""
    count = int(rate * scene.total / (60 * MIC_HZ) + rng.random())
    talk = [(e.start, e.end) for e in scene.of(ASSISTANT, "turn")]
    for _ in range(count):
        event = _sound(own, others, recordings, rng)
        n = event.spoken.end - event.spoken.start
        for _ in range(20):
            if talk and rng.random() < 0.6:                       # during the assistant's speech it matters most
                a, b = rng.choice(talk)
                at = int(rng.uniform(a, max(a + 1, b)))
            else:
                at = int(rng.uniform(0, max(1, scene.total - n)))
            body = event.kind in ("cough", "laugh")
            free = scene.free(USER, at, at + n) or (not body and rng.random() < 0.1)
            if free and at + n < scene.total - MIC_HZ // 4:
                scene.events.append(replace(event, at=at - event.spoken.start))
                break
    scene.events.sort(key=lambda e: (e.start, e.side))


def _sound(own: Talker, others: list[Talker], recordings: Recordings | None, rng: random.Random) -> Event:
    gen = numpy_rng(rng)
    kind = rng.choices(("cough", "laugh", "keys", "door", "found", "voice"), (3, 1, 2, 1.5, 2.5, 3))[0]
    found = recordings.of("esc10_sounds") if recordings else []
    if kind == "cough":
        return Event(USER, "cough", 0, noise_alone(cough(gen, rng.random() < 0.4)), gain=rng.uniform(0.4, 1.6))
    if kind == "laugh":
        return Event(USER, "laugh", 0, own.laugh(rng), gain=rng.uniform(0.4, 1.0))
    if kind == "voice":
        said = rng.choice(others).turn(rng.choice(("short", "long", "question")), rng)
        return Event(USER, "other_voice", 0, said, gain=10 ** (-rng.uniform(8, 22) / 20), far=True)
    if kind == "found" and found and recordings is not None:
        r = rng.choice(found)
        pcm = levelled(recordings.pcm(r))
        n = int(rng.uniform(0.6, 4.0) * MIC_HZ)
        a = rng.randrange(max(1, len(pcm) - n))
        sneeze = "sneeze" in r.label
        pcm = pcm if sneeze else pcm[a : a + n]
        what = "cough" if sneeze else "noise"
        event = Event(USER, what, 0, noise_alone(pcm), gain=rng.uniform(0.15, 1.0), far=not sneeze)
        if event.spoken.end > 0:
            return event
    sound = door(gen) if kind == "door" else keyboard(gen)
    return Event(USER, "noise", 0, noise_alone(sound), gain=10 ** (-rng.uniform(0, 22) / 20))


def track(scene: Scene, side: int, far: bool = False) -> np.ndarray:
    """-> [total] float32: everything this side says, dry; with `far`, what is further from the microphone."""
    out = np.zeros(scene.total, np.float32)
    for e in scene.of(side):
        if e.far == far:
            a, b = max(0, e.at), min(scene.total, e.at + len(e.spoken.pcm))
            out[a:b] += e.spoken.pcm[a - e.at : b - e.at] * np.float32(e.gain)
    return out
