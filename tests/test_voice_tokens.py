"""Speech tokens of a reply, from text that is still being written; and the text's own side of it."""

import json
from contextlib import closing
from itertools import zip_longest

import pytest
from golden_files import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_io.errors import NotHere, Trouble, WrongUse
from engine.nets.voice_lane import FixedLane
from engine.nets.voice_lm import VoiceLm, VoiceLmConfig
from engine.nets.voice_mix import MixRules
from engine.tts.cosyvoice_text import VoicePrompt, VoiceText, special_tokens
from engine.tts.cosyvoice_tokens import SILENT, SILENT_RUN, Pauses, VoiceTokens

TEXT = [(13 * i) % 60 for i in range(9)]


def tiny(version):
    torch.manual_seed(version)
    lm = VoiceLm(VoiceLmConfig(version=version, codes=40, hidden=32, intermediate=48, layers=2, heads=4, kv_heads=2,
                               vocab=60)).eval()  # fmt: skip
    for p in lm.parameters():
        torch.nn.init.normal_(p, std=0.3)
    return lm


LMS = {version: tiny(version) for version in (2, 3)}
PROMPT = VoicePrompt(lead=(50, 51), text=(1, 2, 3, 4), speech=tuple(range(20)))


@pytest.fixture(params=[2, 3], ids=["cv2", "cv3"])
def voice(request):
    return VoiceTokens(LMS[request.param], MixRules(most=4))


def spoken(voice, pieces, begin, seed=0):
    return [token for tokens in voice.speak(pieces, begin, seed) for token in tokens]


# -- a reply ------------------------------------------------------------------------------------------------
def test_a_reply_depends_on_its_text_and_its_seed_alone(voice):
    begin = voice.opening(PROMPT)
    one = spoken(voice, [TEXT], begin)
    assert len(one) >= 2 * len(TEXT)
    assert all(0 <= token < 40 for token in one)
    assert spoken(voice, [[], TEXT[:1], [], TEXT[1:7], TEXT[7:]], begin) == one
    assert spoken(voice, [TEXT], voice.opening(PROMPT)) == one
    assert spoken(voice, [TEXT], begin, seed=1) != one


def test_speech_leaves_before_the_text_ends(voice):
    """With an instruction alone the fifth word is enough; a prompt's speech takes words of its own first."""
    for prompt, enough in ((VoicePrompt(lead=(50,)), 5), (PROMPT, 6)):
        begin, read = voice.opening(prompt), []
        assert begin.waits_for == enough

        def words(read=read):
            for word in TEXT:
                read.append(word)
                yield [word]

        with closing(voice.speak(words(), begin, 0)) as batches:
            first = next(tokens for tokens in batches if tokens)
        assert first
        assert len(read) == enough


def test_there_is_a_yield_between_any_two_steps_of_the_network(voice):
    fed = []

    class Counting(type(voice.take_lane())):
        def walk(self, rows):
            fed.append(len(rows))
            return super().walk(rows)

    lm = voice.lm
    for steps in (1, 4):
        slow = VoiceTokens(lm, MixRules(most=4), steps=steps)
        begin = slow.opening(VoicePrompt(lead=tuple(range(40)), mixed=False))
        slow.free, counts = [Counting(lm)], []
        for _ in slow.speak([TEXT, range(10)], begin, 0):
            counts.append(len(fed))
            fed.clear()
        assert sum(counts) > 30
        assert max(counts) == steps
    assert all(n <= slow.rules.rows for n in fed)


def test_a_closed_reply_is_over_and_harms_no_other(voice):
    begin, read = voice.opening(PROMPT), []

    def words():
        for word in TEXT * 9:
            read.append(word)
            yield [word]

    alone = spoken(voice, [TEXT], begin, 5)
    batches = voice.speak(words(), begin, 0)
    next(tokens for tokens in batches if tokens)
    lanes = len(voice.free)
    batches.close()
    assert len(voice.free) == lanes + 1
    assert len(read) < len(TEXT)
    assert spoken(voice, [TEXT], begin, 5) == alone
    reply = voice.reply(begin, 0)
    reply.text(TEXT)
    next(reply.run())
    reply.close()
    reply.close()
    assert reply.over
    assert list(reply.run()) == []


def test_two_replies_at_once_are_two_replies(voice):
    begin = voice.opening(PROMPT)
    weights = {k: v.clone() for k, v in voice.lm.state_dict().items()}
    alone = [spoken(voice, [text], begin, seed) for seed, text in enumerate((TEXT, TEXT[::-1]))]
    runs = [voice.speak([text], begin, seed) for seed, text in enumerate((TEXT, TEXT[::-1]))]
    together = [[], []]
    for batches in zip_longest(*runs, fillvalue=()):
        for tokens, batch in zip(together, batches, strict=True):
            tokens += batch
    assert together == alone
    assert all(torch.equal(v, weights[k]) for k, v in voice.lm.state_dict().items())


def test_phrases_of_one_reply_may_come_at_any_time(voice):
    begin = voice.opening(PROMPT)
    reply, tokens = voice.reply(begin, 0), []
    for phrase in (TEXT[:3], TEXT[3:]):
        reply.text(phrase)
        tokens += [token for batch in reply.run() for token in batch]
        assert not reply.over
    reply.end()
    tokens += [token for batch in reply.run() for token in batch]
    assert reply.over
    assert tokens == spoken(voice, [TEXT], begin)


def test_long_silence_is_shortened():
    pauses, run = Pauses(SILENT), sorted(SILENT)[:8]
    assert [token for token in [7, *run, 7, *run[:3], 7] if pauses(token)] == [7, *run[:SILENT_RUN], 7, *run[:3], 7]
    assert not VoiceTokens(LMS[2]).silent
    assert VoiceTokens(LMS[3]).silent == SILENT


def test_what_cannot_be_said_is_refused(voice):
    begin = voice.opening(PROMPT)
    reply = voice.reply(begin, 0)
    for text, why in (([60], "text id 60: this voice has 0..59"), (torch.zeros(2, 31), "vectors of 31 numbers")):
        with pytest.raises(WrongUse, match=why):
            reply.text(text)
    reply.end()
    with pytest.raises(WrongUse, match="after the end"):
        reply.text([1])
    assert list(reply.run()) in ([], [()])
    for prompt, why in ((VoicePrompt(speech=(40,)), "speech id 40"), (VoicePrompt(lead=(-1,)), "text id -1"),
                        (VoicePrompt(text=(1,) * 6, speech=(1,) * 15), "use a longer recording")):  # fmt: skip
        with pytest.raises(WrongUse, match=why):
            voice.opening(prompt)


def test_a_reply_that_outgrows_its_room_says_so(voice):
    begin = voice.opening(VoicePrompt(lead=(50,)))
    voice.free = [FixedLane(voice.lm, 30)]
    with pytest.raises(Trouble, match="do not fit a lane of 30; give it shorter replies"):
        spoken(voice, [TEXT * 4], begin)
    voice.free = [FixedLane(voice.lm, 30)]
    with pytest.raises(Trouble, match="do not fit a lane of 30; use a shorter recording"):
        voice.opening(VoicePrompt(lead=(50,) * 40))


# -- text ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("version", "count", "last"), [(2, 20, 151662), (3, 281, 151923)])
def test_the_published_special_tokens_follow_the_vocabulary(version, count, last):
    table = special_tokens(version)
    assert list(table.values()) == list(range(151643, last + 1))
    assert len(table) == count
    assert table["<|endoftext|>"] == 151643
    assert table["<|endofprompt|>"] == 151646
    with pytest.raises(WrongUse, match="CosyVoice 4"):
        special_tokens(4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Bytes, and a few merges; written as Qwen's are."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    words = list(bytes_to_unicode().values())
    pairs = "h e,l l,he ll,hell o,Ġ w,Ġw o,i s,Ġ Ġ,ä ½"
    merges = [pair.split() for pair in pairs.split(",")]
    words += [a + b for a, b in merges]
    where = tmp_path_factory.mktemp("blank")
    (where / "vocab.json").write_text(json.dumps({word: k for k, word in enumerate(words)}))
    (where / "merges.txt").write_text("#version: 0.2\n" + "\n".join(f"{a} {b}" for a, b in merges) + "\n")
    return where


@pytest.fixture(scope="module", params=[2, 3], ids=["cv2", "cv3"])
def text(request, folder):
    n = len(json.loads((folder / "vocab.json").read_text()))
    return VoiceText(folder, request.param, {t: n + k for k, t in enumerate(special_tokens(request.param))})


def test_special_tokens_are_one_id_each(text):
    special = text.special
    assert text.ids("hello[laughter] world<|endofprompt|>")[1] == special["[laughter]"]
    assert text.ids("hello<|endofprompt|>") == (*text.ids("hello"), special["<|endofprompt|>"])
    for token, i in special.items():
        assert text.ids(token) == (i,)


@settings(max_examples=100)
@given(st.text(st.sampled_from("hello wis'.,!\n \t你好，。e\u03019[]<>"), max_size=24), st.data())
def test_ids_of_pieces_are_ids_of_the_whole(text, whole, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert sum(text.pieces(iter(pieces)), ()) == text.ids(whole)


def test_words_are_given_as_soon_as_they_are_whole(text):
    assert list(text.pieces(iter(["hello wor", "ld, is", " it"]))) == [
        text.ids("hello"), text.ids(" world,"), text.ids(" is"), text.ids(" it")]  # fmt: skip


def test_what_stands_before_a_reply(text):
    plain, cloned = text.prompt(), text.prompt("hello world", [1, 2, 3])
    told = text.prompt("hello world", [1, 2, 3], "speak slowly")
    assert (cloned.text, cloned.speech, cloned.mixed) == (text.ids("hello world"), (1, 2, 3), True)
    if text.version == 3:
        assert plain.lead == cloned.lead == text.ids("You are a helpful assistant.<|endofprompt|>")
        assert told == VoicePrompt(text.ids("You are a helpful assistant. speak slowly<|endofprompt|>"))
    else:
        assert plain == VoicePrompt()
        assert told == VoicePrompt(text=text.ids("speak slowly<|endofprompt|>"), mixed=False)
    for half in (("hello", ()), ("", (1,))):
        with pytest.raises(WrongUse, match="both"):
            text.prompt(*half)


def test_a_tokenizer_of_another_model_is_refused(folder, tmp_path):
    with pytest.raises(Trouble, match=r"has \d+ entries, must have 151643"):
        VoiceText(folder, 2)
    with pytest.raises(NotHere, match=r"vocab\.json: there is no such file"):
        VoiceText(tmp_path, 2)
    (tmp_path / "vocab.json").write_text("{")
    (tmp_path / "merges.txt").write_text("")
    with pytest.raises(Trouble, match="is damaged"):
        VoiceText(tmp_path, 2)
