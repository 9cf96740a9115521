"""The voice token LM: what the golden fixtures do not ask. Lanes, the order of rows, limits, loading."""

import pytest
from golden_files import close, torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.models.weights import KEYS, check_keys, read_table
from engine.nets.projector import Meanings, OutputProjector, OutputProjectorConfig
from engine.nets.voice_draw import Ras, likeliest
from engine.nets.voice_lane import FixedLane, GrowingLane
from engine.nets.voice_lm import VoiceLm, VoiceLmConfig, lesson, load
from engine.nets.voice_mix import MixRules, Talk, computed, opening

SIZES = {"codes": 40, "hidden": 32, "intermediate": 48, "layers": 2, "heads": 4, "kv_heads": 2, "vocab": 60}


def tiny(version, seed=0):
    torch.manual_seed(seed)
    lm = VoiceLm(VoiceLmConfig(version=version, **SIZES)).eval()
    for p in lm.parameters():
        torch.nn.init.normal_(p, std=0.3)
    return lm


LMS = {version: tiny(version) for version in (2, 3)}


@pytest.fixture(params=[2, 3], ids=["cv2", "cv3"])
def lm(request):
    return LMS[request.param]


class Watched(GrowingLane):
    def __init__(self, lm):
        super().__init__(lm)
        self.rows = []

    def walk(self, rows):
        self.rows.append(rows)
        return super().walk(rows)


def begun(lm, lead=(), text=(), speech=(), **rules):
    return opening(lm, MixRules(**rules), lm.text(lead), lm.text(text), lm.speech(speech))


def finish(talk):
    tokens = []
    while not talk.over and not talk.waiting:
        token = talk.step()
        tokens += [] if token is None else [token]
    return tokens


def say(lm, begin, pieces, draw=likeliest, lane=None):
    talk, tokens = Talk(lm, lane or GrowingLane(lm), draw, begin), []
    for piece in pieces:
        talk.text(lm.text(piece))
        tokens += finish(talk)
    talk.end()
    return tokens + finish(talk), talk


# -- sizes and files ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("version", "size"), [(2, 505_803_812), (3, 506_148_480)])
def test_its_keys_and_size_are_the_published_ones(version, size):
    with torch.device("meta"):
        lm = VoiceLm(VoiceLmConfig(version=version))
    check_keys(lm.state_dict(), read_table(KEYS / f"cv{version}_llm.tsv"), "memory")
    assert sum(p.numel() for p in lm.parameters()) == size


def test_it_loads_every_key_or_none(lm):
    state = lm.state_dict()
    again = load(lm.cfg, state)
    rows = torch.randn(1, 9, lm.cfg.hidden)
    close(again(rows), lm(rows), atol=0, rtol=0)
    for key in ("llm.model.lm_head.weight", "llm_decoder.weight"):
        with pytest.raises(RuntimeError, match="Missing"):
            load(lm.cfg, {k: v for k, v in state.items() if k != key})
        with pytest.raises(RuntimeError, match="size mismatch"):
            load(lm.cfg, state | {key: state[key][:-1]})
    with pytest.raises(RuntimeError, match="Unexpected"):
        load(lm.cfg, state | {"llm.model.lm_head.bias": torch.zeros(1)})


def test_the_checkpoints_text_head_changes_nothing(lm):
    state = lm.state_dict()
    other = load(lm.cfg, state | {"llm.model.lm_head.weight": torch.full_like(state["llm.model.lm_head.weight"], 9.0)})
    close(other.text([1, 2]), lm.text([1, 2]), atol=0, rtol=0)


def test_positions_stay_exact_where_weights_are_half(lm):
    half = load(lm.cfg, lm.state_dict(), dtype=torch.bfloat16)
    assert half.dtype == torch.bfloat16
    assert half.body.rotary_emb.inv_freq.dtype == torch.float32
    lane = GrowingLane(half)
    exact, rough = GrowingLane(lm).feed(lm.text(range(30))), lane.feed(half.text(range(30))).float()
    assert (exact - rough).abs().mean() < 0.1
    assert lane.feed(half.speech([3])).isfinite().all()


# -- lanes --------------------------------------------------------------------------------------------------
@settings(max_examples=15)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.sampled_from([2, 3]), st.integers(0, 99))
def test_a_fixed_lane_a_growing_one_and_one_go_are_the_same(cuts, version, seed):
    lm = LMS[version]
    rows = torch.randn(sum(cuts), SIZES["hidden"], generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        whole = lm(rows[None])[0]
    fixed, growing, at = FixedLane(lm, 60), GrowingLane(lm), 0
    for part in rows.split(cuts):
        at += len(part)
        close(fixed.feed(part), whole[at - 1])
        close(growing.feed(part), whole[at - 1])
    assert fixed.length == growing.length == at


@pytest.mark.parametrize("kind", [GrowingLane, lambda lm: FixedLane(lm, 40)], ids=["growing", "fixed"])
def test_a_lane_goes_back(lm, kind):
    lane, other = kind(lm), kind(lm)
    rows = lm.speech(range(20))
    lane.feed(rows)
    lane.crop(12)
    other.feed(rows[:12])
    for row in lm.speech([7, 8, 9]):
        close(lane.feed(row[None]), other.feed(row[None]))
    for length in (-1, 16):
        with pytest.raises(ValueError, match="cannot go back"):
            lane.crop(length)


@pytest.mark.parametrize("kind", [GrowingLane, lambda lm: FixedLane(lm, 40)], ids=["growing", "fixed"])
def test_a_past_serves_many_lanes_and_none_changes_it(lm, kind):
    lane, rows, more = kind(lm), lm.speech(range(9)), lm.text(range(20))
    lane.feed(rows)
    past = lane.keep()
    before = [x.clone() for pair in past.layers for x in pair]
    fresh = lane.feed(more)
    for _ in range(2):
        again = kind(lm)
        again.start(past)
        close(again.feed(more), fresh)
        again.start(past)                        # and the same lane twice
        close(again.feed(more), fresh)
    assert all(torch.equal(a, b) for a, b in zip(before, (x for pair in past.layers for x in pair), strict=True))


def test_a_full_lane_says_so(lm):
    lane = FixedLane(lm, 10)
    lane.feed(lm.speech(range(10)))
    past = lane.keep()
    with pytest.raises(ValueError, match="10 \\+ 1 rows"):
        lane.feed(lm.speech([1]))
    with pytest.raises(ValueError, match="does not fit"):
        FixedLane(lm, 9).start(past)


# -- the order of rows --------------------------------------------------------------------------------------
class Counted:
    """Draws the likeliest code, `n` in all; then eos. Never asks for text by itself."""

    def __init__(self, cfg, n):
        self.cfg, self.n = cfg, n

    def __call__(self, scores, so_far):
        if sum(token < self.cfg.codes for token in so_far) >= self.n and scores[self.cfg.eos] > float("-inf"):
            return self.cfg.eos
        return int(scores[: self.cfg.codes].argmax())


@pytest.mark.parametrize("mixed", [True, False], ids=["mixed", "whole"])
@pytest.mark.parametrize(("lead", "prompt", "sounds", "text"), [
    (0, 0, 0, 12), (3, 0, 0, 10), (0, 4, 8, 3), (0, 5, 15, 5), (2, 9, 38, 7), (0, 12, 60, 9), (3, 3, 60, 1)])
def test_the_network_reads_what_it_was_taught(lm, mixed, lead, prompt, sounds, text):
    """Rows fed, in order, are those of the training sequence that has the prompt and the reply in it."""
    lane, words = Watched(lm), [(7 * i) % 60 for i in range(prompt + text)]
    speech, instruction = [(11 * i) % 40 for i in range(sounds)], [50 + i for i in range(lead)]
    begin = begun(lm, instruction, words[:prompt], speech, mixed=mixed)
    n = max(2 * text, (prompt + text) * 3 + 4 - sounds)
    pieces = [words[prompt + k : prompt + k + 2] for k in range(0, text, 2)]
    tokens, talk = say(lm, begin, pieces, Counted(lm.cfg, n), lane)
    assert talk.over
    assert len(tokens) == n
    taught = lesson(lm.cfg, words, speech + tokens, mixed, instruction)
    close(torch.cat(lane.rows), lm.rows(taught.kinds, taught.values), atol=0, rtol=0)
    fills = [token for token in talk.so_far if token == lm.cfg.fill]
    assert len(fills) == max(0, int((taught.targets == lm.cfg.fill).sum()) - sounds // 15)


def test_speech_begins_with_the_fifth_word(lm):
    talk = Talk(lm, GrowingLane(lm), likeliest, begun(lm, [50, 51]))
    assert begun(lm, [50, 51]).waits_for == 5
    for word in (1, 2, 3, 4):
        talk.text(lm.text([word]))
        assert talk.step() is None
        assert talk.waiting
    talk.text(lm.text([5]))
    tokens = finish(talk)
    assert 1 <= len(tokens) <= 15                # then it waits: the network, or the rule, has asked for text
    assert talk.waiting


def test_a_prompt_says_how_many_words_it_waits_for(lm):
    begin = begun(lm, text=range(9), speech=[1] * 38)
    assert begin.waits_for == 3 * 5 - 9
    talk = Talk(lm, GrowingLane(lm), likeliest, begin)
    talk.text(lm.text(range(5)))
    assert talk.step() is None
    talk.text(lm.text([6]))
    assert finish(talk)
    with pytest.raises(ValueError, match="has room for 5 text tokens, not 6"):
        begun(lm, text=range(6), speech=[1] * 15)


def test_a_computed_opening_gives_the_same_reply(lm):
    begin = begun(lm, [51, 52], range(9), [3] * 38, rows=7, most=4)
    ready = computed(GrowingLane(lm), begin)
    assert len(ready.rows) == 1
    assert ready.past.length == len(begin.rows) - 1
    fresh, _ = say(lm, begin, [range(8)])
    assert say(lm, ready, [range(8)])[0] == fresh
    lane = FixedLane(lm, 200)
    for _ in range(2):
        assert say(lm, ready, [range(8)], lane=lane)[0] == fresh


# -- what it may say ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("mixed", [True, False])
def test_the_end_is_forbidden_at_first_and_imposed_at_last(lm, mixed):
    eager = say(lm, begun(lm, mixed=mixed), [range(7)], Counted(lm.cfg, 0))
    assert len(eager[0]) == (15 if mixed else 14)        # two tokens a word, and a group is never left half said
    assert not eager[1].cut
    endless = say(lm, begun(lm, mixed=mixed, most=5), [range(7)], Counted(lm.cfg, 10**9))
    assert len(endless[0]) == 35
    assert endless[1].cut


@pytest.mark.parametrize("seed", range(2))
def test_no_special_id_is_ever_spoken(lm, seed):
    tokens, talk = say(lm, begun(lm, [3], most=4), [range(3), range(9)], Ras(seed))
    assert tokens == [token for token in talk.so_far if token != lm.cfg.fill]
    assert all(0 <= token < lm.cfg.codes for token in tokens)


def test_no_text_is_no_reply(lm):
    assert say(lm, begun(lm), [])[0] == []
    assert say(lm, begun(lm), [[], []])[1].over
    talk = Talk(lm, GrowingLane(lm), likeliest, begun(lm))
    talk.end()
    with pytest.raises(ValueError, match="after the end"):
        talk.text(lm.text([1]))


def test_loss_is_over_what_is_taught(lm):
    made = lesson(lm.cfg, range(12), [1] * 50, True)
    rows = lm.rows(made.kinds, made.values)[None]
    with torch.no_grad():
        said = lm.head(lm(rows))[0].log_softmax(-1)
        loss = lm.loss(rows, made.targets[None])
    asked = made.targets >= 0
    close(loss, -said[asked].gather(1, made.targets[asked][:, None]).mean())


# -- the aligned model's rows -------------------------------------------------------------------------------
def test_semantic_vectors_take_the_place_of_text(lm):
    """A projector that returns the embedding says what text says; what the LLM thinks changes it."""
    llm, ids, rules = 48, list(range(12)), {"lead": [5], "most": 4}
    project = OutputProjector(OutputProjectorConfig(llm=llm, voice=lm.cfg.hidden))
    table = torch.randn(60, llm)
    with torch.no_grad():
        project.linear.bias.zero_()
        project.linear.weight.zero_()
        project.linear.weight[:, :llm] = torch.linalg.lstsq(table[:12], lm.text(ids)).solution.T
    hidden = torch.randn(13, llm)

    def reply(sizes):
        talk, tokens = Talk(lm, GrowingLane(lm), likeliest, begun(lm, **rules)), []
        meanings = Meanings(project, hidden[0])
        for part in torch.arange(12).split(sizes):
            talk.text(meanings(table[part], hidden[part + 1]).detach())
            tokens += finish(talk)
        talk.end()
        return tokens + finish(talk)

    plain = say(lm, begun(lm, **rules), [ids])[0]
    assert reply([12]) == plain
    with torch.no_grad():
        project.linear.weight[:, llm:].normal_(std=0.2)
    assert plain != reply([12]) == reply([5, 1, 6])
