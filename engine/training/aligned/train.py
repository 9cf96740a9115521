"""Trains the joints of the `aligned` profile: voice into a chat model, and its states into the voice.

    parley train aligned --data DIR --chat DIR --ears DIR --voice DIR --out MODELS_DIR/aligned

`--data` has a manifest.csv as `parley bench asr` reads it (file, transcript), perhaps with a column `answer`. Two
parts, one after the other, or one alone with --part:

input: recordings go through SenseVoice and the input projector into the chat model in place of the user's words; the
projector learns to make it write the `answer`, or without one the words themselves, which it is then asked for.
(MinMo's pre-alignment: encoder and chat model are frozen.)

output: the chat model reads what it is to say and says the transcript; the projected pairs of (token, state that
predicted it) stand where the voice LM has text rows, and are trained on the recording's own speech tokens, half of the
time mixed 5 to 15 as speech is streamed. With --voice-lm the voice LM learns too. (arXiv 2501.06282;
../shared/reference/models.md 5.2, 5.4. What MinMo puts before them, a query of the user's turn, is left out.)

The same code on CPU and CUDA. It goes on where it stopped when --out has a checkpoint; --steps counts from the
beginning. Real models need hundreds of hours of speech; here only tiny random ones have been trained.
"""

import argparse
import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from audio_io.errors import Trouble, WrongUse
from audio_io.files import why
from audio_io.frames import MIC_HZ
from audio_io.wav import read_wav
from engine.asr.sensevoice_model import SenseVoice, load_sensevoice
from engine.llm import local_model as llm
from engine.llm.chat_model import Message
from engine.nets.sensevoice import QUERIES
from engine.nets.voice_lm import TEXT, VoiceLm, lesson
from engine.runtime import aligned
from engine.runtime.aligned import MARK, Aligned
from engine.tts.cosyvoice_model import CosyVoiceModel, load_cosyvoice
from engine.tts.voice_prompts import PromptMaker, prompt_sound

PARTS = ("input", "output")
STATE = "train-{}.pt"            # of the optimiser, beside the checkpoint
LONGEST_S = 30.0
TOLD = 20                        # steps between two lines
REPEAT = "Repeat what the user says, word for word, and add nothing."
SAY = "Say this, word for word: "


@dataclass(frozen=True, slots=True)
class Pair:
    """One recording. answer: what the assistant says to it; "" where it is not known."""

    file: Path
    text: str
    answer: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    for name, what in (("data", "recordings with a manifest.csv"), ("chat", "the chat model"), ("ears", "SenseVoice"),
                       ("voice", "CosyVoice"), ("out", "the checkpoint: `aligned` in the folder of models")):
        parser.add_argument(f"--{name}", metavar="DIR", type=Path, required=True, help=what)
    parser.add_argument("--llm", metavar="OWNER/NAME", default="", help="the chat model's name for the profile "
                        "(default: as its folder says)")  # fmt: skip
    parser.add_argument("--part", choices=PARTS, help="only this one")
    parser.add_argument("--steps", type=int, default=10_000, help="of each part, in all (default 10000)")
    parser.add_argument("--batch", type=int, default=8, help="recordings a step (default 8)")
    parser.add_argument("--lr", type=float, default=1e-4, help="learning rate (default 1e-4)")
    parser.add_argument("--warm-up", type=int, default=500, help="steps until it is reached (default 500)")
    parser.add_argument("--voice-lm", action="store_true", help="the voice's language model learns as well")
    parser.add_argument("--save-every", type=int, default=500, metavar="N", help="steps (default 500)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default cpu)")
    parser.add_argument("--precision", default="bf16", choices=tuple(llm.PRECISIONS), help="of the chat model")
    parser.add_argument("--seed", type=int, default=0)


def main(args: argparse.Namespace) -> int:
    """-> 0. Raises Trouble for data or models that will not do."""
    pairs = read_pairs(args.data)
    ears, chat = load_sensevoice(args.ears, args.device), llm.load(args.chat, args.device, args.precision)
    voice = load_cosyvoice(args.voice, args.device)
    joint = begin(args, ears, chat, voice)
    for part in [args.part] if args.part else PARTS:
        task: Task = (InputTask(joint, ears, chat) if part == "input"
                      else OutputTask(joint, chat, voice, args.voice_lm))  # fmt: skip
        joint = learn(part, task, pairs, joint, args)
    return 0


def read_pairs(folder: Path) -> list[Pair]:
    """The rows of manifest.csv that have words. Raises WrongUse."""
    path = folder / "manifest.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise WrongUse(f"{path}: cannot be read: {why(error)}; it lists the recordings (docs/formats.md)") from error
    if rows and not {"file", "transcript"} <= rows[0].keys():
        raise WrongUse(f"{path}: needs the columns file and transcript")
    found = [Pair(folder / row["file"], row["transcript"].strip(), (row.get("answer") or "").strip())
             for row in rows if row["transcript"].strip()]  # fmt: skip
    if not found:
        raise WrongUse(f"{path}: names no recording with words")
    return found


def begin(args: argparse.Namespace, ears: SenseVoice, chat: llm.LocalModel, voice: CosyVoiceModel) -> Aligned:
    """The checkpoint in --out, or a new one. Raises Trouble for one of other models."""
    wide = int(chat.net.get_input_embeddings().weight.shape[1])
    cfg, heard = voice.tokens.lm.cfg, ears.net.cfg.width
    if (args.out / aligned.FACTS).is_file():
        joint = aligned.load(args.out, args.device)
        facts = joint.facts
        if (facts.input.llm, facts.ears, facts.voice, facts.voice_version) != (wide, heard, cfg.hidden, cfg.version):
            raise Trouble(f"{args.out}: was begun with models of other sizes; take another --out, or those models")
    else:
        torch.manual_seed(args.seed)
        name = args.llm or args.chat.name.replace("--", "/")
        joint = aligned.fresh(name, wide, heard, cfg.hidden, cfg.version)
    if joint.voice:
        voice.tokens.lm.load_state_dict(joint.voice)
    joint.input.to(args.device)
    joint.output.to(args.device)
    return joint


# -- what is learnt -----------------------------------------------------------------------------------------
class InputTask:
    """Voice in place of the user's words."""

    def __init__(self, joint: Aligned, ears: SenseVoice, chat: llm.LocalModel) -> None:
        self.joint, self.ears, self.chat = joint, ears, chat
        self.embed = chat.net.get_input_embeddings()
        self.trained: dict[str, torch.nn.Module] = {"input": joint.input}

    def loss(self, pair: Pair, chance: random.Random) -> Tensor:
        """Cross-entropy of the chat model's answer, a scalar."""
        pcm = read_wav(pair.file, MIC_HZ, LONGEST_S)
        states = self.ears.states(pcm)
        if states is None or len(states) <= QUERIES + self.joint.facts.input.kernel:
            raise WrongUse(f"{pair.file}: is too short to hold words; leave it out of the manifest")
        rows, _ = self.joint.input(states[QUERIES:].float().clone()[None])
        asked = [] if pair.answer else [Message("system", REPEAT)]
        before, after = self.chat.template.text([*asked, Message("user", MARK)], []).split(MARK)
        ids = [tokens(self.chat, text) for text in (before, after)]
        answer = [*tokens(self.chat, pair.answer or pair.text), self.chat.tokenizer.eos_token_id]
        a, b, said = (self._rows(one) for one in (*ids, answer))
        x = torch.cat([a, rows[0].to(a.dtype), b, said])[None]
        scores = self.chat.net(inputs_embeds=x).logits[0, -len(answer) - 1 : -1].float()
        return F.cross_entropy(scores, torch.tensor(answer, device=scores.device))

    def _rows(self, ids: list[int]) -> Tensor:
        out: Tensor = self.embed(torch.tensor(ids, dtype=torch.long, device=self.chat.device))
        return out.detach()


class OutputTask:
    """The chat model's states in place of the voice's text."""

    def __init__(self, joint: Aligned, chat: llm.LocalModel, voice: CosyVoiceModel, with_lm: bool) -> None:
        self.joint, self.chat, self.lm = joint, chat, voice.tokens.lm
        self.prompts = PromptMaker(voice.folder)
        self.trained: dict[str, torch.nn.Module] = {"output": joint.output}
        if with_lm:
            self.lm.float().requires_grad_(True)     # at CUDA's 16 bits small steps would be rounded away
            self.trained["voice"] = self.lm

    def loss(self, pair: Pair, chance: random.Random) -> Tensor:
        """Cross-entropy of the recording's speech tokens, a scalar."""
        speech = [int(t) for t in self.prompts.make(prompt_sound(pair.file), pair.text, str(pair.file)).tokens]
        meant = self.joint.output(*self.states(pair.text))
        return voice_loss(self.lm, meant, speech, mixed=chance.random() < 0.5)

    def states(self, text: str) -> tuple[Tensor, Tensor]:
        """-> the embeddings of a said text's tokens, and the states that predicted them, [n, llm] each, float32."""
        before = tokens(self.chat, self.chat.template.text([Message("user", SAY + text)], []))
        said = tokens(self.chat, text)
        ids = torch.tensor([[*before, *said]], device=self.chat.device)
        with torch.no_grad():
            out = self.chat.net(input_ids=ids, output_hidden_states=True)
            embeddings = self.chat.net.get_input_embeddings()(ids)[0, len(before) :]
        return embeddings.float(), out.hidden_states[-1][0, len(before) - 1 : -1].float()


Task = InputTask | OutputTask


def tokens(chat: llm.LocalModel, text: str) -> list[int]:
    found: list[int] = chat.tokenizer(text, add_special_tokens=False)["input_ids"]
    return found


def voice_loss(lm: VoiceLm, meant: Tensor, speech: list[int], mixed: bool) -> Tensor:
    """meant [n, hidden]: what stands in place of n text rows. -> the voice LM's cross-entropy, a scalar."""
    taught = lesson(lm.cfg, range(len(meant)), speech, mixed)
    is_text = taught.kinds == TEXT
    rows = lm.rows(taught.kinds, taught.values.masked_fill(is_text, 0))
    here = is_text.to(rows.device)[:, None]
    order = taught.values.masked_fill(~is_text, 0).to(rows.device)
    rows = torch.where(here, meant.to(rows.dtype)[order], rows)
    return lm.loss(rows[None], taught.targets[None].to(rows.device))


# -- learning -----------------------------------------------------------------------------------------------
def batches(pairs: list[Pair], size: int, seed: int, done: int) -> Iterator[tuple[random.Random, list[Pair]]]:
    """Endless, from step `done` on: the same step has the same recordings whether it was interrupted before or not."""
    step = done
    while True:
        chance = random.Random(f"{seed} {step}")
        yield chance, chance.choices(pairs, k=size)
        step += 1


def learn(part: str, task: Task, pairs: list[Pair], joint: Aligned, args: argparse.Namespace) -> Aligned:
    """Trains until --steps and saves. -> the checkpoint. Raises Trouble when the loss is no number any more."""
    params = [p for net in task.trained.values() for p in net.train().requires_grad_(True).parameters()]
    optimiser = torch.optim.AdamW(params, args.lr, weight_decay=0.01)
    done = resumed(args.out / STATE.format(part), optimiser, joint.facts.steps.get(part, 0))
    losses: list[float] = []
    for step, (chance, batch) in zip(range(done + 1, args.steps + 1), batches(pairs, args.batch, args.seed, done),
                                     strict=False):  # fmt: skip
        for group in optimiser.param_groups:
            group["lr"] = args.lr * min(1.0, step / max(1, args.warm_up))
        optimiser.zero_grad()
        whole = 0.0
        for pair in batch:
            loss = task.loss(pair, chance) / len(batch)
            loss.backward()  # type: ignore[no-untyped-call]
            whole += float(loss.detach())
        if not np.isfinite(whole):
            raise Trouble(f"train aligned: the loss of step {step} is no number; begin again with a smaller --lr")
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        optimiser.step()
        losses.append(whole)
        if step % TOLD == 0 or step == args.steps:
            print(f"{part} {step}/{args.steps}: loss {sum(losses[-TOLD:]) / len(losses[-TOLD:]):.3f}", flush=True)
        if step % args.save_every == 0 or step == args.steps:
            joint = keep(part, task, joint, step, optimiser, args.out)
    for net in task.trained.values():
        net.eval().requires_grad_(False)
    return joint


def keep(part: str, task: Task, joint: Aligned, step: int, optimiser: Any, out: Path) -> Aligned:
    """Writes the optimiser's state, then the checkpoint, which says how far it is. -> the checkpoint."""
    voice = dict(task.trained["voice"].state_dict()) if "voice" in task.trained else joint.voice
    facts = replace(joint.facts, steps={**joint.facts.steps, part: step}, voice_lm=bool(voice))
    joint = Aligned(facts, joint.input, joint.output, voice)
    path = out / STATE.format(part)
    try:
        out.mkdir(parents=True, exist_ok=True)
        torch.save({"step": step, "optimiser": optimiser.state_dict()}, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)
    except OSError as error:
        raise Trouble(f"{path}: cannot be written: {why(error)}; choose another --out") from error
    aligned.save(out, joint)
    return joint


def resumed(path: Path, optimiser: Any, steps: int) -> int:
    """-> the steps that are done, with the optimiser as it was after them. Raises Trouble for a file that is not ours.
    """
    if not steps or not path.is_file():
        return 0
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
        optimiser.load_state_dict(found["optimiser"])
        return int(found["step"])
    except Exception as error:                   # pickle, zip, KeyError, ValueError by what is amiss
        raise Trouble(f"{path}: cannot be gone on from ({' '.join(str(error).split())[:90]}); remove it and "
                      f"{path.parent / aligned.FACTS} to begin again") from error  # fmt: skip
