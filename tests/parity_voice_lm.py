"""The voice token LM against its golden fixtures: hidden states, replies, training sequences, sampling."""

from itertools import pairwise

import pytest
from golden_files import close, fixture, numbers, torch

from engine.nets.voice_draw import Ras, RasConfig, candidates, likeliest
from engine.nets.voice_lane import FixedLane, GrowingLane
from engine.nets.voice_lm import VoiceLmConfig, lesson, load
from engine.nets.voice_mix import MixRules, Talk, opening

END_OF_PROMPT = 151646               # of the published vocabulary; the tiny ones look it up in their last row


def config(facts, version):
    q = facts["qwen2"]
    text_group, speech_group = facts["mix_ratio"]
    made = VoiceLmConfig(
        version=version, codes=facts["speech_token_size"], hidden=q["hidden_size"], intermediate=q["intermediate_size"],
        layers=q["num_hidden_layers"], heads=q["num_attention_heads"], kv_heads=q["num_key_value_heads"],
        vocab=q["vocab_size"], rope_theta=q["rope_theta"], rms_eps=q["rms_norm_eps"], attention="eager",
        text_group=text_group, speech_group=speech_group)  # fmt: skip
    assert (made.sos, made.eos, made.task, made.fill) == tuple(facts[k] for k in ("sos", "eos", "task", "fill"))
    return made


@pytest.fixture(params=[2, 3], ids=["cv2", "cv3"])
def golden_voice_lm(request):
    weights, golden, facts = fixture(f"cv{request.param}_lm_tiny")
    cfg = config(facts, request.param)
    text, prompt = ([min(i, cfg.vocab - 1) for i in golden[k][0].tolist()] for k in ("text", "prompt_text"))
    ids = golden["prompt_text"][0].tolist()
    n = ids.index(END_OF_PROMPT) + 1 if END_OF_PROMPT in ids else 0
    return load(cfg, weights), golden, text, (prompt[:n], prompt[n:])


class Watched(GrowingLane):
    """Remembers what it is fed, and what it answers."""

    def __init__(self, lm):
        super().__init__(lm)
        self.rows, self.hidden = [], []

    def walk(self, rows):
        self.rows.append(rows)
        self.hidden.append((yield from super().walk(rows)))
        return self.hidden[-1]


def talk(lm, rules, prompt, speech, pieces, lane, tokens, calls=None):
    """Runs as far as it can after every piece; puts what it says into `tokens`. calls: of the network, at most."""
    lead, text = (lm.text(part) for part in prompt)
    reply = Talk(lm, lane, likeliest, opening(lm, rules, lead, text, lm.speech(speech)))

    def run():
        while not reply.over and not reply.waiting and (calls is None or len(lane.rows) < calls):
            token = reply.step()
            tokens.extend([] if token is None else [token])

    for piece in pieces:
        reply.text(lm.text(piece))
        run()
    reply.end()
    run()


def same_run(lane, tokens, golden, case):
    assert tokens == golden[f"{case}_tokens"].tolist()
    assert [len(rows) for rows in lane.rows] == golden[f"{case}_steplens"].tolist()
    close(torch.stack(lane.hidden), golden[f"{case}_hidden"])


@torch.no_grad()
def test_the_voice_lms_hidden_states(golden_voice_lm):
    lm, golden, text, (lead, prompt) = golden_voice_lm
    speech = golden["prompt_speech"][0].tolist()
    rows = torch.cat([lm.sos(), lm.text(lead), lm.text(prompt), lm.text(text), lm.task(), lm.speech(speech)])
    hidden = lm(rows[None])[0]
    close(hidden, golden["tf_hidden"])
    close(lm.head(hidden), golden["tf_logits"])


@pytest.mark.parametrize("case", ["uni_zs", "uni_nospeech"])
def test_the_voice_lm_says_a_whole_text(golden_voice_lm, case):
    lm, golden, text, prompt = golden_voice_lm
    speech = golden["prompt_speech"][0].tolist() if case == "uni_zs" else []
    # without a prompt's speech the fixture has the instruction of version 3, and no prompt's text in version 2
    at = len(golden[f"{case}_first_input"]) - len(text) - len(speech) - 2
    prompt = (prompt[0][:at], prompt[1][: max(0, at - len(prompt[0]))])
    rules = MixRules(mixed=False, compatible=True)
    tokens, lane = [], Watched(lm)
    talk(lm, rules, prompt, speech, [text], lane, tokens)
    same_run(lane, tokens, golden, case)
    close(lane.rows[0], golden[f"{case}_first_input"])
    said = torch.stack([lm.head(hidden).log_softmax(-1) for hidden in lane.hidden])
    close(said, golden[f"{case}_logp"], atol=1e-4)


@pytest.mark.parametrize("case", ["bi_zs", "bi_nospeech"])
def test_the_voice_lm_speaks_while_the_text_comes(golden_voice_lm, case):
    lm, golden, text, prompt = golden_voice_lm
    speech = golden["prompt_speech"][0].tolist() if case == "bi_zs" else []
    if case == "bi_nospeech" and not prompt[0]:
        prompt = ([], [])
    starts = [0, *golden["text_chunks"].cumsum(0).tolist()]
    pieces = [text[a:b] for a, b in pairwise(starts)]
    tokens, lane = [], Watched(lm)
    calls = len(golden[f"{case}_steplens"])      # the fixtures' mixed replies are stopped where they do not end
    if golden[f"{case}_error"]:
        with pytest.raises(ValueError, match="special id"):
            talk(lm, MixRules(compatible=True), prompt, speech, pieces, lane, tokens, calls)
    else:
        talk(lm, MixRules(compatible=True), prompt, speech, pieces, lane, tokens, calls)
    same_run(lane, tokens, golden, case)
    close(torch.cat(lane.rows), golden[f"{case}_inputs"])


def test_the_voice_lm_in_a_fixed_lane_is_the_same(golden_voice_lm):
    lm, golden, text, prompt = golden_voice_lm
    speech = golden["prompt_speech"][0].tolist()
    rules = MixRules(mixed=False, compatible=True)
    tokens, rows = [], 2 + len(text) * 21 + sum(map(len, prompt)) + len(speech)
    talk(lm, rules, prompt, speech, [text], FixedLane(lm, rows), tokens)
    assert tokens == golden["uni_zs_tokens"].tolist()


def test_the_voice_lms_training_sequences():
    golden, _ = numbers("cv2_train_targets")
    cfg = config(numbers("cv2_lm_tiny")[1], 2)
    cases = [key.removesuffix("_target") for key in golden if key.endswith("_target")]
    assert cases
    for case in cases:
        made = lesson(cfg, golden[f"{case}_text"].tolist(), golden[f"{case}_speech"].tolist(), case.startswith("bi"))
        assert made.targets.tolist() == golden[f"{case}_target"].tolist(), case
        assert made.kinds.tolist() == golden[f"{case}_input_kind"].tolist(), case
        assert made.values.tolist() == golden[f"{case}_input_value"].tolist(), case


def test_the_voice_lms_sampling():
    golden, facts = numbers("ras_sampling")
    cfg = RasConfig(facts["top_p"], facts["top_k"], facts["win_size"], facts["tau_r"])
    for row, scores in enumerate(golden["scores"]):
        p, ids = candidates(scores, cfg)
        theirs = golden["candidates"][row]
        assert ids.tolist() == theirs[theirs >= 0].tolist()
        close(p, golden["candidate_probs"][row][: len(p)])
    history = golden["rep_history"].tolist()
    draw = Ras(5, cfg)
    assert [draw(golden["rep_scores"], history) for _ in range(20)] == golden["rep_samples_seed5"].tolist()


def test_the_voice_lms_draws_are_the_references():
    """The same seed gives the reference's tokens: the draws are made in the same order from the same numbers."""
    golden, facts = numbers("ras_sampling")
    cfg = RasConfig(facts["top_p"], facts["top_k"], facts["win_size"], facts["tau_r"])
    for trial, theirs in enumerate(golden["sampled_cpu_seed"].tolist()):
        draw, so_far = Ras(1000 + trial, cfg), []
        for scores in golden["scores"]:
            so_far.append(draw(scores, so_far))
        assert so_far == theirs
