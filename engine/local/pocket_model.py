"""Pocket-TTS as transformers publishes it (`pocket_tts`): text and a voice in, sound out, a frame of 80 ms at a time.

Facts, from transformers' modelling code: one causal transformer reads the voice (latents of the codec), then the text,
then writes latents, each drawn from noise by a small flow head; an end-of-speech logit beside it says when to stop.
So the voice is a beginning that never changes: its keys and values are computed once and shared by every phrase.
transformers' own `generate` cannot be stopped or heard before its end; the loop here yields after every frame.

Not run here: the published weights. `voices/*.safetensors` is read both ways transformers' code speaks of: latents
[n, d], or keys and values of every layer.
"""

import itertools
import json
import math
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache

from audio_io.errors import NotHere, Trouble
from audio_io.files import why
from engine.local.native import LOOKS, config_of, load_net, load_tokenizer
from engine.local.pocket_codec import CodecStream, check_causal, encoded
from engine.nets.halting import halting, halts

KIND, CODEC_KIND = "pocket_tts", "pocket_tts_audio_tokenizer"
SLICE = 16                       # rows read between two yields
DEFAULTS = {"num_flow_steps": 1, "eos_threshold": -4.0, "min_frames_before_eos": 6}     # the published values
TAILS = {"short_text_max_words": 4, "frames_after_eos_short_text": 4, "frames_after_eos": 2, "fade_in_duration": 0.005}
LAYER = re.compile(r"(?:^|\D)(\d+)\D*?(key|value|k|v)s?(?:_cache|_states)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """A voice that has been read: (keys, values) of every layer, [1, heads, n, d]. Never changed."""

    layers: tuple[tuple[Tensor, Tensor], ...]

    def cache(self) -> DynamicCache:
        """A beginning to go on from; what is added to it stays apart from this."""
        cache = DynamicCache()
        for i, (keys, values) in enumerate(self.layers):
            cache.update(keys, values, i)
        return cache


class Pocket:
    """The networks, the tokenizer and the folder. Holds no state of a phrase."""

    def __init__(self, net: Any, codec: Any, processor: Any, folder: Path) -> None:
        """net: PocketTTSForConditionalGeneration, codec: PocketTTSAudioTokenizerModel, both in eval mode, float32."""
        self.net, self.codec, self.processor, self.folder = net, codec, processor, folder
        self.places = halts(net.model)
        self.hz, self.frame = int(codec.config.sampling_rate), int(codec.config.frame_size)
        given = net.generation_config
        said = {name: getattr(given, name, None) for name in DEFAULTS}
        self.knobs = {name: DEFAULTS[name] if value is None else value for name, value in said.items()}
        drawn = bool(given.do_sample) and given.temperature is not None
        self.noise = math.sqrt(given.temperature) if drawn else 0.0
        self._before_text(torch.zeros(1, 1, net.config.latent_dim))        # refuses a template that is not understood

    # -- voices -----------------------------------------------------------------------------------
    def names(self) -> list[str]:
        """The voices that were published with it."""
        return sorted(path.stem for path in (self.folder / "voices").glob("*.safetensors"))

    def speaker(self, name: str) -> Generator[None, None, Speaker]:
        """One of `names`. Raises Trouble for a file that is no voice of this model."""
        from safetensors.torch import load_file

        path = self.folder / "voices" / f"{name}.safetensors"
        try:
            tensors = load_file(path)
        except Exception as error:               # OSError, or SafetensorError, which is no OSError
            said = why(error) if isinstance(error, OSError) else " ".join(str(error).split())[:100]
            raise Trouble(f"{path}: cannot be read: {said}; pull the model again") from error
        latents = [t for t in tensors.values() if t.shape[-1:] == (self.net.config.latent_dim,)]
        if len(tensors) == 1 and latents and latents[0].numel():
            return (yield from self.read_voice(latents[0].float().reshape(1, -1, self.net.config.latent_dim)))
        return self._kept(tensors, path)

    def recorded(self, pcm: np.ndarray) -> Generator[None, None, Speaker]:
        """pcm: [n] float32 at `hz`, what somebody says. Raises Trouble for a codec without its encoder."""
        prepared = self.processor.feature_extractor([pcm], sampling_rate=self.hz)
        latents = yield from encoded(self.codec, prepared["input_values"][0, 0].numpy())
        return (yield from self.read_voice(latents))

    def read_voice(self, latents: Tensor) -> Generator[None, None, Speaker]:
        """latents: [1, n, d] of the codec."""
        ids = self._before_text(latents)
        cache, used = DynamicCache(), 0
        for at in range(0, len(ids), SLICE):
            some = ids[at : at + SLICE]
            n = some.count(self.processor.audio_token_id)
            yield from self._run(some, cache, audio_prompt_latents=latents[:, used : used + n] if n else None)
            used += n
            yield
        layers: list[Any] = list(cache.layers)
        return Speaker(tuple((layer.keys, layer.values) for layer in layers))

    def _kept(self, tensors: dict[str, Tensor], path: Path) -> Speaker:
        """Keys and values of every layer, [1, heads, n, d] each."""
        config = self.net.config
        found: dict[tuple[int, str], Tensor] = {}
        for name, tensor in tensors.items():
            if match := LAYER.search(name):
                found[int(match[1]), match[2][0].lower()] = tensor.float()
        wanted = [(i, kind) for i in range(config.num_hidden_layers) for kind in "kv"]
        shapes = {t.shape for t in found.values()}
        shape = next(iter(shapes), torch.Size())
        if (sorted(found) != wanted or len(found) != len(tensors) or len(shapes) != 1 or len(shape) != 4
                or shape[:2] != (1, config.num_key_value_heads) or shape[3] != config.head_dim):  # fmt: skip
            first = min(tensors, default="")
            raise Trouble(f"{path}: is no voice of this model ({len(tensors)} tensors, the first {first!r}); pull the "
                          "model again")  # fmt: skip
        return Speaker(tuple((found[i, "k"], found[i, "v"]) for i in range(config.num_hidden_layers)))

    # -- speaking ---------------------------------------------------------------------------------
    def count(self, text: str) -> int:
        """Tokens of `text`."""
        return len(self.processor.tokenizer.encode(text, add_special_tokens=False))

    def say(self, speaker: Speaker, text: str, seed: int = 0) -> Generator[np.ndarray | None, None, None]:
        """-> frames of sound, [frame] float32 at `hz`, and None where there is nothing to hear yet.

        The same text, voice and seed give the same sound. Raises Trouble where the network makes no numbers of it.
        """
        ids, tail = self._read(text)
        most = math.ceil(((len(ids) - 1) / 3 + 2) * self.net.config.frame_rate)
        chance = torch.Generator().manual_seed(seed)
        cache, stream = speaker.cache(), CodecStream(self.codec)
        hidden = torch.zeros(0)
        for at in range(0, len(ids), SLICE):
            hidden = yield from self._run(ids[at : at + SLICE], cache)
            yield None
        for number in itertools.count():
            with torch.inference_mode():
                ended = number >= self.knobs["min_frames_before_eos"] and (
                    float(self.net.eos_head(hidden)) > self.knobs["eos_threshold"])  # fmt: skip
                noise = torch.randn(1, self.net.config.latent_dim, generator=chance) * self.noise
                latent = self.net.sample_latent(hidden, noise, int(self.knobs["num_flow_steps"]))
                sound = stream.step(self.net.denormalize_latents(latent)[:, None])
            if not np.isfinite(sound).all():
                raise Trouble(f"{self.folder}: the voice model made no numbers of {text[:40]!r}; {LOOKS}")
            yield self._faded(sound) if number == 0 else sound
            most = min(most, number + 1 + tail) if ended else most
            if number + 1 >= most:
                return
            hidden = yield from self._run([self.net.config.audio_latent_token_id], cache, audio_latents=latent[:, None])

    def _faded(self, sound: np.ndarray) -> np.ndarray:
        """A decoder that begins makes a small step, heard as a click."""
        n = min(int(self.processor.fade_in_duration * self.hz), len(sound))
        return np.concatenate([sound[:n] * np.linspace(0, 1, n, dtype=np.float32), sound[n:]])

    def _run(
        self, ids: Sequence[int], cache: DynamicCache, **latents: Tensor | None
    ) -> Generator[None, None, Tensor]:
        """-> [1, d], the last row's. A cache is a phrase's or a voice's that is being read, so a run may be left."""
        return (yield from halting(self.places, lambda: self._computed(ids, cache, **latents)))

    def _computed(self, ids: Sequence[int], cache: DynamicCache, **latents: Tensor | None) -> Tensor:
        with torch.inference_mode():
            out = self.net.model(input_ids=torch.tensor([list(ids)]), past_key_values=cache, use_cache=True, **latents)
            return out.last_hidden_state[:, -1]  # type: ignore[no-any-return]

    def _read(self, text: str, latents: Tensor | None = None) -> tuple[list[int], int]:
        """-> the tokens, the voice's places before the text's; and how many frames follow the end of speech."""
        voice: list[dict[str, str]] = [] if latents is None else [{"type": "audio", "audio": ""}]
        message = {"role": "user", "content": [*voice, {"type": "text", "text": text}]}
        prompt = self.processor.apply_chat_template([message], tokenize=False)
        extra = {} if latents is None else {"audio_prompt_latents": [latents[0]]}
        read = self.processor(text=[prompt], return_tensors="pt", **extra)
        return read["input_ids"][0].tolist(), int(read["frames_after_eos"][0])

    def _before_text(self, latents: Tensor) -> list[int]:
        """The tokens of the voice alone."""
        text, both = self._read("A")[0], self._read("A", latents)[0]
        n = len(both) - len(text)
        if both[n:] != text or both[:n].count(self.processor.audio_token_id) != latents.shape[1]:
            raise Trouble(f"{self.folder}: its chat template does not put the voice before the text; pull it again")
        return both[:n]


def load_pocket(folder: Path, codec_folder: Path) -> Pocket:
    """folder: of `pocket_tts` as published, codec_folder: of `pocket_tts_audio_tokenizer`. On the CPU, in float32.

    Raises NotHere for what is missing, Trouble for what is not that.
    """
    for place, kind in ((folder, KIND), (codec_folder, CODEC_KIND)):
        config_of(place, kind)
    from transformers import (
        PocketTTSAudioTokenizerModel,
        PocketTTSFeatureExtractor,
        PocketTTSForConditionalGeneration,
        PocketTTSProcessor,
    )

    codec = load_net(PocketTTSAudioTokenizerModel, codec_folder)
    check_causal(codec, str(codec_folder))
    net = load_net(PocketTTSForConditionalGeneration, folder)
    if net.config.latent_dim != codec.config.latent_dim:
        raise Trouble(f"{folder}: writes latents of {net.config.latent_dim} numbers, the codec in {codec_folder} reads "
                      f"{codec.config.latent_dim}: they do not belong together; pull both again")  # fmt: skip
    numbers = _processor_config(folder)
    try:
        ears = PocketTTSFeatureExtractor.from_pretrained(folder, local_files_only=True)
        processor = PocketTTSProcessor(
            ears, load_tokenizer(folder), codec, _template(folder),
            **{name: numbers.get(name, value) for name, value in TAILS.items()},
        )  # fmt: skip
        return Pocket(net, codec, processor, folder)
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        said = " ".join(str(error).split())[:200]
        raise Trouble(f"{folder}: its processor cannot be loaded ({said}); pull the model again") from error


def _processor_config(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "processor_config.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotHere(f"{folder}: there is no processor_config.json; pull the model again") from error
    except (OSError, ValueError) as error:
        raise Trouble(f"{folder / 'processor_config.json'}: cannot be read; pull the model again") from error
    return dict(found) if isinstance(found, dict) else {}


def _template(folder: Path) -> str:
    path = folder / "chat_template.jinja"
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise NotHere(f"{path}: is not there or no text; pull the model again") from error
