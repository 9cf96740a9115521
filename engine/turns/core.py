"""Who has the floor. Pure: no threads, no wall clock, no audio, no torch.

In:  one `Hop` per 32 ms of microphone (this is the clock), plus news from the stages.
Out: a list of actions for the session to carry out, stamped with the reply's epoch.

                         +------------------- goes on ------------------+
                         v                                              |
    QUIET --voice--> HEARING --ending--> ENDING --words, done--> THINKING --first sound--> TALKING --last--> QUIET
      ^                  ^                 |                                               |    ^
      +---- no words ----|-----------------+                             takes the floor   v    | back-channel, noise
                         +------------------- real words: Cancel, Think --------------- HELD ---+

Rule 1: every change of `state` and `epoch` happens in this file.
Rule 2: news from an older epoch is dropped at the door (`step`), nowhere else.
Rule 3: news that cannot happen now is a bug upstream: it raises, and nothing changes.
Rule 4: a voice over the reply ducks it at once; only `takes_floor` stops it; only words make an end of it.
Rule 5: a stop word or the stop key ends the reply whatever else is going on.
Rule 6: an utterance is named by the hop it began at; words of another utterance change nothing
        but, if they belong to this turn, what was said before.
Rule 7: thinking begins as soon as the final words are known, but nothing of it sounds before the user has surely
        finished (`Release`). Whoever goes on before that makes it void (`Cancel`), and keeps the words said so far.
Rule 8: an announcement that has to be heard is told again until its first word was heard, or it cannot be said.
Rule 9: a sign of listening is no move: it changes neither the floor nor the epoch.
"""

from audio_io.frames import hops
from engine.turns.announcements import Announcements
from engine.turns.floor import (
    Action,
    Announce,
    Asked,
    BackChannel,
    Broken,
    Cancel,
    Duck,
    Event,
    Floor,
    GaveUp,
    Halt,
    Heard,
    HeardNothing,
    Hold,
    Hop,
    Listen,
    Missed,
    Mode,
    OutOfTurn,
    Recognised,
    Release,
    Resume,
    Settle,
    Sounding,
    Spoken,
    TalkKey,
    Tell,
    Think,
    Typed,
)
from engine.turns.lexicon import (
    OWN_BACK_CHANNELS,
    goes_on_after_stop,
    is_back_channel,
    is_dictation,
    is_non_lexical,
    is_stop,
)
from engine.turns.rules import TurnRules

REPLYING = (Floor.THINKING, Floor.TALKING, Floor.HELD)


class Turns:
    """The core. `hop`, `state`, `epoch`, `text`, `ducked` may be read by anybody."""

    def __init__(self, rules: TurnRules | None = None, hop: int = 0) -> None:
        """hop: how many the microphone has given before."""
        self.rules = rules or TurnRules()
        self.state, self.epoch, self.hop = Floor.QUIET, 0, hop
        self.ducked = False
        self.voiced, self.run, self.spoke = False, 0, 0      # hysteresis output; hops since it flipped; hops voiced
        self.since = 0                           # the utterance being recognised; 0: none
        self.owed: tuple[int, ...] = ()          # utterances whose final words are awaited, oldest first
        self.text, self.sense = "", 0.5          # its words so far
        self.before = ""                         # what the user said earlier in the same turn
        self.latest = 0                          # the utterance whose final words came last
        self.done = False                        # in ENDING, HELD: sure that the user has finished
        self.ahead = False                       # in ENDING: the reply is thought about already, and silent
        self.stopped = -1                        # the utterance in which a stop word was obeyed
        self.asked = self.asks = False           # the reply heard last, the reply in the making ends in a question
        self.waited = 0                          # hops in this state
        self.over = 0                            # in TALKING: hops since a voice began over the reply; 0: none
        self.turn = 0                            # hops since the user's turn began; 0: it is not the user's turn
        self.since_sign = hops(self.rules.backchannel_every_ms)  # hops of the user's speech since the last sign
        self.signs = 0                           # of listening, given so far
        self.push_to_talk, self.pushed, self.announcements = False, False, Announcements()

    @property
    def said(self) -> str:
        """The user's words in this turn so far."""
        return f"{self.before} {self.text}".strip()

    @property
    def replying(self) -> bool:
        """There is a reply, heard or in the making."""
        return self.ahead or self.state in REPLYING

    def step(self, ev: Event) -> list[Action]:
        """Raises OutOfTurn, with nothing changed, for what cannot happen now."""
        if getattr(ev, "epoch", self.epoch) != self.epoch:
            return []                                                    # rule 2
        was = self.state
        acts = self._step(ev)
        self.waited = self.waited + isinstance(ev, Hop) if self.state is was else 0
        return acts

    def _step(self, ev: Event) -> list[Action]:
        match ev:
            case Hop():
                return self._hear(ev)
            case Missed(n):
                self.hop, self.waited = self.hop + n, self.waited + n
                return []
            case Recognised():
                return self._words(ev)
            case Sounding() if self.state is Floor.THINKING:
                self.state, self.before, self.asked, self.over = Floor.TALKING, "", self.asks, 0
                return []
            case Heard() if self.state in (Floor.TALKING, Floor.HELD):
                return self.announcements.told()
            case Spoken() if self.state in REPLYING:
                return self._reply_over()
            case Asked() if self.replying:
                self.asks, self.asked = True, self.asked or self.state in (Floor.TALKING, Floor.HELD)
                return []
            case Broken() if self.replying:
                return [*self._void(failed=True), *self._floor_to_whom()]
            case Typed(text):
                return self._typed(text)
            case Announce():
                self.announcements.add(ev)
                return []
            case Halt():
                return self._halt()
            case TalkKey(down) if self.push_to_talk:
                return self._push(down)
            case Mode(on):
                self.push_to_talk, self.pushed = on, False
                return []
        raise OutOfTurn(f"{ev!r} while {self.state.name} in epoch {self.epoch}")

    # -- the clock ----------------------------------------------------------------------------------
    def _hear(self, ev: Hop) -> list[Action]:
        self.hop += 1
        speaking = ev.user_speaking if self.pushed or not self.push_to_talk else 0.0
        flipped = speaking > self.rules.on if not self.voiced else speaking < self.rules.off
        self.voiced ^= flipped
        self.run = 1 if flipped else self.run + 1
        self.spoke += self.voiced
        self.turn = self.turn + 1 if self.state in (Floor.HEARING, Floor.ENDING, Floor.THINKING) else 0
        self.since_sign += self.voiced and self.state is Floor.HEARING
        match self.state:
            case Floor.QUIET:
                return self._listen(Floor.HEARING) if self._onset() else self._announce()
            case Floor.HEARING:
                return self._pause(ev)
            case Floor.ENDING:                                           # the user goes on after all
                return self._goes_on() if self._onset() else self._ending(ev)
            case Floor.THINKING:
                return self._goes_on() if self._onset() else self._thought_too_long()
            case Floor.TALKING:
                return self._over_the_reply(ev)
            case Floor.HELD:
                return self._held(ev)

    def _onset(self) -> bool:
        return self.voiced and self.run >= hops(self.rules.onset_ms)

    def _silent_for(self, ms: float) -> bool:
        return not self.voiced and self.run >= hops(ms)

    def _pause(self, ev: Hop) -> list[Action]:
        too_long = self.waited >= hops(self.rules.longest_turn_ms)
        if self.pushed and not too_long:
            return []                                                    # the key, not silence, ends this turn
        self.done = self._is_done(ev) or too_long
        if self.done or self._is_ending(ev):
            self.state = Floor.ENDING                                    # final words cost nothing if they come early
            return self._settle()
        return self._sign(ev)

    def _sign(self, ev: Hop) -> list[Action]:
        """Is an "mm-hm" welcome? Seldom, not at the beginning of a turn, and never where the turn may end."""
        rules = self.rules
        if not rules.backchannels or self.push_to_talk or ev.backchannel_here < rules.backchannel:
            return []
        if ev.turn_ending >= rules.ending or ev.turn_done >= rules.done_at():
            return []
        if self.turn < hops(rules.backchannel_first_ms) or self.since_sign < hops(rules.backchannel_every_ms):
            return []
        text, self.signs, self.since_sign = OWN_BACK_CHANNELS[self.signs % len(OWN_BACK_CHANNELS)], self.signs + 1, 0
        return [BackChannel(text)]

    def _is_done(self, ev: Hop) -> bool:
        if self.voiced:
            return False
        sure = ev.turn_done >= self.rules.done_at(self.asked, is_dictation(self.said))
        return sure or self._silent_for(self.rules.longest_pause_ms)

    def _is_ending(self, ev: Hop) -> bool:
        return not self.voiced and ev.turn_ending >= self.rules.ending

    def _ending(self, ev: Hop) -> list[Action]:
        self.done = self.done or self._is_done(ev)
        if self.owed:
            return self._overdue()
        return self._turn() if self.done else []

    def _over_the_reply(self, ev: Hop) -> list[Action]:
        if not self.voiced:
            self.over += self.over > 0
            if (self.over or self.ducked or self.since) and self._silent_for(self.rules.unduck_ms):
                self.over = 0
                return [*self._settle(), *self._duck(False)]
            return []
        self.over += 1
        acts = self._duck(self.over <= hops(self.rules.decide_ms))       # no interruption so far: full voice again
        if not self.since and self._onset():
            acts += self._listen(Floor.TALKING)
        if ev.takes_floor >= self.rules.takes_at:
            if not self.since:
                acts += self._listen(Floor.TALKING)
            self.state, self.over, self.done = Floor.HELD, 0, False
            acts.append(Hold(self.epoch))
        return acts

    def _held(self, ev: Hop) -> list[Action]:
        quiet = self._silent_for(self.rules.held_quiet_ms)              # not only between two words
        self.done = quiet and self._is_done(ev)
        acknowledged = is_back_channel(self.text) and self._silent_for(self.rules.held_pause_ms)
        late = self._silent_for(self.rules.resume_ms / 2)               # nobody is talked over unheard
        if self.since and (self.done or acknowledged or late or (quiet and self._is_ending(ev))):
            return self._settle()
        if self._onset() and not self.since:
            return self._listen(Floor.HELD)                              # more words: the old ones are `before`
        if not self.owed and self._silent_for(self.rules.resume_ms):
            return self._resume()
        return self._overdue()

    def _overdue(self) -> list[Action]:
        """The final words never came: the recogniser died on them. What is known must do."""
        if not self.owed or not self._silent_for(self.rules.lost_words_ms):
            return []
        return self._words(Recognised(self.owed[-1], self.text, True, self.sense))

    # -- words --------------------------------------------------------------------------------------
    def _words(self, ev: Recognised) -> list[Action]:
        if not ev.since or (ev.since != self.since and ev.since not in self.owed):
            return []                                                    # rule 6; no utterance has the name 0
        if ev.since == self.since or ev.since == self.owed[-1]:
            self.text, self.sense = ev.text, ev.sense
        if ev.final:
            self.owed = tuple(since for since in self.owed if since > ev.since)
        if is_stop(ev.text) and self.state in REPLYING:
            return self._stop_word(ev.since)
        if not ev.final:
            return []
        if self.since or self.owed or self.state is Floor.HEARING:       # the user went on: keep what came first
            if self.state in (Floor.HEARING, Floor.ENDING, Floor.HELD):
                self.before = f"{self.before} {ev.text}".strip()
                self.text = "" if self.since else self.text
            return []
        self.latest = ev.since
        if self.state is Floor.ENDING:
            return self._turn()
        return self._judge() if self.state is Floor.HELD else []

    def _turn(self) -> list[Action]:
        """The user's turn is complete; or perhaps (not `done`), and then it is thought about in silence."""
        if self.ahead:
            self.ahead, self.state = False, Floor.THINKING
            return [Release(self.epoch)]
        text = self.said
        # the recogniser may change its mind about a stop word; what was done is done
        obeyed = self.latest == self.stopped and not goes_on_after_stop(text)
        if not is_non_lexical(text) and not is_stop(text) and not obeyed:
            return self._think(text)
        if not self.done:
            return []
        self.state, self.before = Floor.QUIET, ""
        return [HeardNothing(self.latest)] if is_non_lexical(text) and not obeyed else []

    def _judge(self) -> list[Action]:
        """Words said over the reply: a real interruption, or not? Without words, time will tell (`_held`)."""
        text = self.said
        short = self.spoke < hops(self.rules.short_ms)
        if not text:
            return []
        if is_back_channel(text) or (short and self.sense < self.rules.sense):
            return self._resume()
        acts, self.state = self._void(), Floor.ENDING
        return acts + self._think(text)

    def _stop_word(self, since: int) -> list[Action]:
        acts, self.stopped = self._void(), since
        return acts + self._floor_to_whom()                              # "stop the timer" may still come

    # -- moves --------------------------------------------------------------------------------------
    def _listen(self, state: Floor) -> list[Action]:
        self.state, self.since = state, max(1, self.hop - self.run + 1)
        self.text, self.sense, self.spoke = "", 0.5, self.run
        return [Listen(self.since)]

    def _settle(self) -> list[Action]:
        if not self.since:
            return []
        since, self.since = self.since, 0
        self.owed += (since,)
        return [Settle(since)]

    def _thought_too_long(self) -> list[Action]:
        if self.waited < hops(self.rules.longest_thought_ms):
            return []
        epoch = self.epoch
        return [*self._void(failed=True), GaveUp(epoch), *self._floor_to_whom()]

    def _goes_on(self) -> list[Action]:
        """Nothing of the reply was heard yet: the user's next words belong to the same turn."""
        acts = self._void()
        if not self.owed:
            self.before, self.text = self.said, ""
        return acts + self._listen(Floor.HEARING)

    def _think(self, text: str) -> list[Action]:
        """A reply is born with its own number; in ENDING, while it is not sure that the user has finished, ahead."""
        ahead = self.state is Floor.ENDING and not self.done
        if ahead and not self.rules.think_ahead:
            return []
        self.state, self.ahead = (self.state, True) if ahead else (Floor.THINKING, False)
        self.epoch += 1
        self.text, self.before, self.asks = "", text, False
        return [Think(self.epoch, text, ahead)]

    def _announce(self) -> list[Action]:
        if self.voiced or not self.announcements.ready(self.hop):
            return []
        self.state, self.epoch, self.before = Floor.THINKING, self.epoch + 1, ""
        self.asks = self.asked                                           # a question of ours is still open
        return [Tell(self.epoch, self.announcements.next())]

    def _typed(self, text: str) -> list[Action]:
        acts = [*self._void(), *self._settle()]
        self.owed, self.done = (), True                                  # what was being said is not wanted
        return acts + self._think(text)

    def _halt(self) -> list[Action]:
        acts = [*self._void(), *self._settle()]
        self.state, self.owed, self.before, self.text = Floor.QUIET, (), "", ""
        return acts

    def _push(self, down: bool) -> list[Action]:
        if down == self.pushed:
            return []                                                    # key repeat
        self.pushed = down
        if down:
            self.voiced, self.run, self.before = False, 0, ""
            acts = [*self._void(), *self._settle()]
            self.owed = ()
            return acts + self._listen(Floor.HEARING)
        if self.state is not Floor.HEARING:
            return []
        self.state, self.done = Floor.ENDING, True                       # the key says so
        return self._settle()

    def _reply_over(self) -> list[Action]:
        known = self.announcements.over(self.state is not Floor.THINKING, self.hop, self.rules)
        self.epoch += 1                                                  # nothing of it can come any more
        return [*self._duck(False), *known, *self._floor_to_whom()]

    def _floor_to_whom(self) -> list[Action]:
        self.before, self.done = "", False
        self.state = Floor.HEARING if self.since else Floor.ENDING if self.owed else Floor.QUIET
        return []

    def _resume(self) -> list[Action]:
        if not self.rules.resume:
            return [*self._void(), *self._floor_to_whom()]
        self.state, self.before, self.since, self.over = Floor.TALKING, "", 0, 0
        return [Resume(self.epoch), *self._duck(False)]

    def _void(self, failed: bool = False) -> list[Action]:
        """Burns the live reply, if there is one. failed: it could not be made."""
        if not self.replying:
            return []
        void, self.epoch, self.ahead = self.epoch, self.epoch + 1, False
        return [Cancel(void), *self._duck(False), *self.announcements.unheard(failed, self.hop, self.rules)]

    def _duck(self, on: bool) -> list[Action]:
        if on == self.ducked:
            return []
        self.ducked = on
        return [Duck(on)]
