"""Every threshold of turn-taking, and how patience and barge-in move them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnRules:
    """Every threshold of the conversation. Profiles may set each by its name; `parley train thresholds` chooses some.

    The assistant's signs of listening come no more often than people's: in the 1155 telephone calls of Switchboard
    19 % of 205,000 utterances are back-channels, one in about 36 of 1.4 million words (Stolcke et al. 2000,
    Computational Linguistics 26:3), which at 3.5 words a second is one in 10 s of the other's speech.
    """

    on: float = 0.6              # user_speaking above this starts a burst ...
    off: float = 0.35            # ... and below this ends it (hysteresis)
    done: float = 0.5            # turn_done above this ends the user's turn, at patience 0.5
    asked: float = 0.15          # by so much surer, if the assistant has just asked something
    dictated: float = 0.2        # by so much surer, while digits, letters or a note are dictated
    ending: float = 0.5          # turn_ending above this asks for the final words ahead of time
    think_ahead: bool = True     # False: thinks when sure that the user has finished, not before
    takes: float = 0.5           # takes_floor above this stops the reply, at barge_in 0.5
    decide_ms: float = 500       # a voice over the reply that has not taken the floor by then: full voice again
    patience: float = 0.5        # 0 answers fast and cuts off, 1 waits long
    barge_in: float = 0.5        # 0 hard, 1 easy to interrupt
    onset_ms: float = 64         # a burst this long begins a turn
    unduck_ms: float = 160       # silence after which a ducked reply gets its full voice back
    resume: bool = True          # False: whoever stops the reply has ended it
    longest_pause_ms: float = 3000   # silence that ends any turn
    held_quiet_ms: float = 128   # silence over a held reply that may be more than a gap between two words
    held_pause_ms: float = 320   # silence after which an interruption's words are asked for
    lost_words_ms: float = 2000  # silence after which final words that never came are given up
    resume_ms: float = 1200      # a held reply goes on after this long without intelligible words
    longest_thought_ms: float = 20000    # nobody waits longer for a reply to sound
    announce_tries: int = 3      # an announcement that cannot be said is given up after so many ...
    announce_again_ms: float = 2000      # ... tries, with this long between them
    longest_turn_ms: float = 60000   # nobody has the floor for ever (an open television)
    short_ms: float = 640        # an interruption shorter than this needs to make sense to count
    sense: float = 0.6           # what "making sense" means for a short interruption
    backchannels: bool = True    # False: the assistant listens without a sound
    backchannel: float = 0.5     # backchannel_here above this is answered by an "mm-hm" ...
    backchannel_first_ms: float = 2000   # ... never sooner after the user's turn began ...
    backchannel_every_ms: float = 10000  # ... and never after less of the user's speech since the last one

    def done_at(self, asked: bool = False, dictating: bool = False) -> float:
        """Patience moves the threshold of turn_done, not the clock: the predictor knows how sure it is.

        `asked`: the assistant has just asked something, so the user may need time to think. `dictating`: the user
        says digits, letters or a note, and pauses between any two of them.
        """
        wanted = self.done + 0.6 * (self.patience - 0.5) + self.asked * asked + self.dictated * dictating
        return min(0.95, max(0.05, wanted))

    @property
    def takes_at(self) -> float:
        return min(0.95, max(0.05, self.takes - 0.6 * (self.barge_in - 0.5)))
