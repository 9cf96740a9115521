"""The laptop profile's models with random weights, each saved in the layout that transformers publishes."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    GenerationConfig,
    MoonshineStreamingConfig,
    MoonshineStreamingForConditionalGeneration,
    PocketTTSAudioTokenizerConfig,
    PocketTTSAudioTokenizerModel,
    PocketTTSConfig,
    PocketTTSFeatureExtractor,
    PocketTTSForConditionalGeneration,
    PocketTTSProcessor,
    PreTrainedTokenizerFast,
    Wav2Vec2FeatureExtractor,
)

PLACES = {"audio_prompt_token": "<voice>", "audio_latent_token": "<latent>", "audio_prompt_bos_token": "<voice_bos>",
          "audio_bos_token": "<audio_bos>"}  # fmt: skip
TEMPLATE = (
    "{% for m in messages %}{% for c in m.content %}{% if c.type == 'audio' %}<voice_bos><voice>"
    "{% elif c.type == 'text' %}{{ c.text | trim }}{% endif %}{% endfor %}{% endfor %}<audio_bos>"
)


def _bytes(extra: dict[str, str], marks: list[str]) -> PreTrainedTokenizerFast:
    """A tokenizer of the 256 bytes after `marks`."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE({c: i for i, c in enumerate([*marks, *letters])}, []))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=raw, pad_token=marks[0], bos_token=marks[1], eos_token=marks[2],
                                   extra_special_tokens=extra)  # fmt: skip


def _stir(net: torch.nn.Module, scale: float) -> None:
    """Weights large enough that what comes in matters."""
    with torch.no_grad():
        for name, p in net.named_parameters():
            if p.dim() > 1 and "loss_weighting" not in name:
                p.normal_(0, scale)


def save_moonshine(folder: Path, seed: int = 1) -> Path:
    torch.manual_seed(seed)
    words = _bytes({}, ["<pad>", "<s>", "</s>"])
    ears = {"hidden_size": 24, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 2,
            "num_key_value_heads": 2, "sliding_windows": ((16, 4), (16, 0), (5, 3))}  # fmt: skip
    config = MoonshineStreamingConfig(
        encoder_config=ears, vocab_size=len(words), hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=4, max_position_embeddings=2048, decoder_start_token_id=1,
    )  # fmt: skip
    net = MoonshineStreamingForConditionalGeneration(config)
    _stir(net, 0.3)
    net.save_pretrained(folder)
    words.save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(folder)
    return folder


def save_codec(folder: Path, seed: int = 2) -> Path:
    torch.manual_seed(seed)
    config = PocketTTSAudioTokenizerConfig(
        hidden_size=16, num_filters=2, upsample_groups=16, intermediate_size=24, num_attention_heads=2,
        num_key_value_heads=2, sliding_window=40, latent_dim=4, layer_scale_initial_scale=0.5,
    )  # fmt: skip
    codec = PocketTTSAudioTokenizerModel(config)
    _stir(codec, 0.15)
    codec.save_pretrained(folder)
    return folder


def save_pocket(folder: Path, codec: Path, seed: int = 3) -> Path:
    torch.manual_seed(seed)
    words = _bytes(PLACES, ["<pad>", "<s>", "</s>"])
    ids = {f"{name}_id": words.convert_tokens_to_ids(mark) for name, mark in PLACES.items()}
    config = PocketTTSConfig(
        flow_head_config={"hidden_size": 16, "num_hidden_layers": 2, "latent_dim": 4, "condition_dim": 32,
                          "frequency_embedding_size": 16},
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
        latent_dim=4, pad_token_id=0, **ids,
    )  # fmt: skip
    net = PocketTTSForConditionalGeneration(config)
    _stir(net, 0.2)
    net.generation_config = GenerationConfig(
        do_sample=True, temperature=0.7, return_dict_in_generate=True, num_flow_steps=1, eos_threshold=0.25,
        min_frames_before_eos=6)  # fmt: skip
    net.save_pretrained(folder)
    loaded = PocketTTSAudioTokenizerModel.from_pretrained(codec)
    PocketTTSProcessor(PocketTTSFeatureExtractor(), words, loaded, TEMPLATE).save_pretrained(folder)
    return folder


def save_voices(pocket: Path, names: tuple[str, ...] = ("alba", "marius")) -> None:
    """Voices as latents, beside the model."""
    (pocket / "voices").mkdir(exist_ok=True)
    for seed, name in enumerate(names):
        latents = torch.randn(9, 4, generator=torch.Generator().manual_seed(seed))
        save_file({"audio_prompt_latents": latents}, pocket / "voices" / f"{name}.safetensors")
