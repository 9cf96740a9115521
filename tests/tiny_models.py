"""Checkpoints with random weights in the layouts and file formats that are published, small enough for every test run.

Nothing they hear, think or say makes sense; every file is read by the code that reads the real ones.
"""

import atexit
import io
import json
import os
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import sentencepiece
import tiny_chat
import torch
from test_prompts import speakers as speaker_graph
from test_prompts import tokenizer as tokenizer_graph
from tokenizers import pre_tokenizers

from engine.models import weights
from engine.models.store import Lock, Locked, Store
from engine.nets import sensevoice as ears
from engine.nets.flow import FlowV2, FlowV2Config, FlowV3, FlowV3Config
from engine.nets.hift import HiftV2
from engine.nets.hift_causal import HiftV3
from engine.nets.hift_nets import HiftConfig
from engine.nets.voice_lm import VoiceLm, VoiceLmConfig
from engine.tts.cosyvoice_text import special_tokens

TAGS = [f"<|{tag}|>" for tag in (*ears.LANGUAGES, *ears.EMOTIONS, *ears.EVENTS, *ears.NORMS)]
TEXTS = ["what time is it", "set a timer for ten minutes", "play some music please", "thank you very much"]
EARS = {"width": 32, "heads": 2, "inner": 48, "layers": 3, "tp_layers": 1, "kernel": 5}
BODY = {"hidden": 32, "intermediate": 48, "layers": 2, "heads": 4, "kv_heads": 2}
FLOW2 = {"vocab_size": 6561, "spk_embed_dim": 192, "token_mel_ratio": 2, "pre_lookahead_len": 3,
         "encoder": {"output_size": 32, "heads": 2, "linear_units": 32, "num_blocks": 1, "num_up_blocks": 4},
         "estimator": {"channels": [16], "attention_head_dim": 8, "n_blocks": 1, "num_mid_blocks": 1, "num_heads": 2,
                       "static_chunk_size": 50}}  # fmt: skip
FLOW3 = {"vocab_size": 6561, "spk_embed_dim": 192, "token_mel_ratio": 2, "pre_lookahead_len": 3,
         "pre_lookahead": {"in_channels": 80, "channels": 32},
         "estimator": {"dim": 128, "depth": 1, "heads": 2, "dim_head": 64, "ff_mult": 2, "static_chunk_size": 50}}
HIFT = {"base_channels": 32, "f0_cond_channels": 32}

HEAD = """# as the published file: a library builds Python objects from it
__set_seed1: !apply:random.seed [1986]
sample_rate: 24000
spk_embed_dim: 192
token_frame_rate: 25
token_mel_ratio: 2
chunk_size: 25
llm: !new:cosyvoice.llm.llm.LM
    speech_token_size: 6561
    mix_ratio: [5, 15]
    sampling: !name:cosyvoice.utils.common.ras_sampling
        top_p: 0.8
"""
YAML2 = HEAD + """flow: !new:cosyvoice.flow.flow.CausalMaskedDiffWithXvec
    spk_embed_dim: !ref <spk_embed_dim>
    vocab_size: 6561
    token_mel_ratio: !ref <token_mel_ratio>
    pre_lookahead_len: 3
    encoder: !new:cosyvoice.transformer.upsample_encoder.UpsampleConformerEncoder
        output_size: 32
        attention_heads: 2
        linear_units: 32
        num_blocks: 1
        input_layer: 'linear'
    decoder: !new:cosyvoice.flow.flow_matching.CausalConditionalCFM
        cfm_params: !new:omegaconf.DictConfig
            content:
                sigma_min: 1e-06
        estimator: !new:cosyvoice.flow.decoder.CausalConditionalDecoder
            in_channels: 320
            out_channels: 80
            channels: [16]
            attention_head_dim: 8
            n_blocks: 1
            num_mid_blocks: 1
            num_heads: 2
            static_chunk_size: !ref <token_frame_rate> * <token_mel_ratio>
"""
YAML3 = HEAD + """flow: !new:cosyvoice.flow.flow.CausalMaskedDiffWithDiT
    spk_embed_dim: !ref <spk_embed_dim>
    vocab_size: 6561
    pre_lookahead_layer: !new:cosyvoice.transformer.upsample_encoder.PreLookaheadLayer
        in_channels: 80
        channels: 32
    decoder: !new:cosyvoice.flow.flow_matching.CausalConditionalCFM
        estimator: !new:cosyvoice.flow.DiT.dit.DiT
            dim: 128
            depth: 1
            heads: 2
            dim_head: 64
            ff_mult: 2
            mel_dim: 80
            static_chunk_size: !ref <chunk_size> * <token_mel_ratio>
"""
REST = """hift: !new:cosyvoice.hifigan.generator.HiFTGenerator
    in_channels: 80
    base_channels: 32
    sampling_rate: !ref <sample_rate>
    upsample_rates: [8, 5, 3]
    istft_params:
        n_fft: 16
        hop_len: 4
    f0_predictor: !new:cosyvoice.hifigan.f0_predictor.ConvRNNF0Predictor
        num_class: 1
        cond_channels: 32
hifigan: !new:cosyvoice.hifigan.hifigan.HiFiGan
    generator: !ref <hift>
get_tokenizer: !name:cosyvoice.tokenizer.tokenizer.get_qwen_tokenizer
    skip_special_tokens: True
feat_extractor: !name:matcha.utils.audio.mel_spectrogram
    n_fft: 1920
    num_mels: 80
    sampling_rate: !ref <sample_rate>
    hop_size: 480
    win_size: 1920
    fmin: 0
    fmax: FMAX
    center: False
data_pipeline: [
    !ref <get_tokenizer>,
]
"""
EARS_YAML = """encoder: SenseVoiceEncoderSmall
encoder_conf:
    output_size: 32
    attention_heads: 2
    linear_units: 48
    num_blocks: 3
    tp_blocks: 1
    kernel_size: 5
frontend_conf:
    fs: 16000
    window: hamming
    n_mels: 80
    lfr_m: 7
    lfr_n: 6
"""


def sensevoice(folder, speaks=True):
    """-> the folder. speaks: whether it hears words in every sound; else the tokenizer's first piece is likeliest."""
    folder.mkdir(parents=True, exist_ok=True)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 5), model_writer=model, vocab_size=80 + len(TAGS), model_type="bpe",
        user_defined_symbols=TAGS, hard_vocab_limit=False, minloglevel=2)  # fmt: skip
    (folder / "chn_jpn_yue_eng_ko_spectok.bpe.model").write_bytes(model.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    cfg = ears.SenseVoiceConfig(vocab=pieces.get_piece_size(), **EARS)
    draw = torch.Generator().manual_seed(5)
    tensors = {key: torch.randn(shape, generator=draw) * 0.3 for key, shape in ears.reference_shapes(cfg).items()}
    if speaks:
        tensors["ctc.ctc_lo.bias"][pieces.piece_to_id("<|nospeech|>")] = -50
    torch.save(tensors, folder / "model.pt")
    vector = f"<LearnRateCoef> 0 [ {' '.join(['0.5'] * 560)} ]"
    (folder / "am.mvn").write_text(f"<Nnet>\n<Splice> 560 560\n[ 0 ]\n<AddShift> 560 560\n{vector}\n"
                                   f"<Rescale> 560 560\n{vector}\n</Nnet>\n")  # fmt: skip
    (folder / "config.yaml").write_text(EARS_YAML)
    return folder


def cosyvoice(folder, version=2, speakers=("anna",)):
    """-> the folder. Its replies are as short as the rules allow: two speech tokens to a text token (version 2)."""
    blank = folder / "CosyVoice-BlankEN"
    blank.mkdir(parents=True, exist_ok=True)
    first = min(special_tokens(version).values())
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pairs = ["t h", "th e", "i n", "a n", "\u0120 t", "\u0120 a"]
    words = [*letters, *(pair.replace(" ", "") for pair in pairs)]
    words += [f"\u0120{k}never" for k in range(first - len(words))]
    (blank / "vocab.json").write_text(json.dumps({word: k for k, word in enumerate(words)}))
    (blank / "merges.txt").write_text("\n".join(["#version: 0.2", *pairs]) + "\n")
    vocab = 151936
    config = {"hidden_size": BODY["hidden"], "intermediate_size": BODY["intermediate"], "vocab_size": vocab,
              "num_hidden_layers": BODY["layers"], "num_attention_heads": BODY["heads"], "rope_theta": 1e6,
              "num_key_value_heads": BODY["kv_heads"], "rms_norm_eps": 1e-6, "model_type": "qwen2"}  # fmt: skip
    for name, facts in (("config", config), ("generation_config", {}), ("tokenizer_config", {})):
        (blank / f"{name}.json").write_text(json.dumps(facts))
    torch.manual_seed(version)
    lm = VoiceLm(VoiceLmConfig(version=version, vocab=vocab, **BODY))
    for p in lm.parameters():
        torch.nn.init.normal_(p, std=0.1)
    with torch.no_grad():                        # so that replies end as soon as they may
        if version == 2:
            lm.llm_decoder.bias[lm.cfg.eos] = 14
    torch.save(lm.state_dict() | {"epoch": 1, "step": 2}, folder / "llm.pt")
    flow = FlowV2(FlowV2Config.of(FLOW2)) if version == 2 else FlowV3(FlowV3Config.of(FLOW3))
    torch.save(flow.state_dict(), folder / "flow.pt")
    hift = (HiftV2 if version == 2 else HiftV3)(HiftConfig.of(HIFT))
    torch.save({f"generator.{key}": tensor for key, tensor in hift.state_dict().items()}, folder / "hift.pt")
    yaml, top = (YAML2, "8000") if version == 2 else (YAML3, "null")
    (folder / f"cosyvoice{version}.yaml").write_text(yaml + REST.replace("FMAX", top))
    tokenizer_graph(folder / f"speech_tokenizer_v{version}.onnx")
    speaker_graph(folder / "campplus.onnx")
    vectors = np.random.default_rng(version).normal(size=(len(speakers), 1, 192)).astype(np.float32)
    if speakers:
        table = {name: {"embedding": torch.from_numpy(v)} for name, v in zip(speakers, vectors, strict=True)}
        torch.save(table, folder / "spk2info.pt")
    return folder


def chat(folder):
    """-> the folder of a Qwen2 whose chat template is where Qwen keeps it: in tokenizer_config.json."""
    tiny_chat.save(folder)
    told = folder / "tokenizer_config.json"
    told.write_text(json.dumps(json.loads(told.read_text()) | {"chat_template": tiny_chat.TEMPLATE}))
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    return folder


@cache
def published():
    """-> folders of SenseVoice, a chat model, CosyVoice2 and 3 (without speakers), made once for all tests; not to be
    written to."""
    home = Path(mkdtemp(prefix="parley-tiny-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return (sensevoice(home / "ears"), chat(home / "chat"), cosyvoice(home / "voice2", 2),
            cosyvoice(home / "voice3", 3, speakers=()))  # fmt: skip


def installed(models, **repositories):
    """-> a store in the folder `models` in which OWNER--NAME=folder count as pulled and verified."""
    store = Store(models)
    models.mkdir(parents=True, exist_ok=True)
    for name, folder in repositories.items():
        name = name.replace("--", "/")
        shutil.copytree(folder, models / name.replace("/", "--"), copy_function=os.link)
        held = {file: Locked(len(data), "0") for file, data in files(folder).items()}
        store.write_lock(Lock(name, "0", "", held))
    return store


def write_keys(folder, ears_folder, voice_folder):
    """The tables of keys for these sizes, as assets/models/keys has them for the published ones."""
    for name, file in (("sensevoice_small", ears_folder / "model.pt"), ("cv2_llm", voice_folder / "llm.pt"),
                       ("cv2_flow", voice_folder / "flow.pt"), ("cv2_hift", voice_folder / "hift.pt")):  # fmt: skip
        shapes = {key: tuple(tensor.shape) for key, tensor in weights.published(weights.read_tensors(file)).items()}
        (folder / f"{name}.tsv").write_text("".join(f"{key}\t{shape}\n" for key, shape in shapes.items()))


def files(folder):
    """-> {path below the folder: its bytes}, as a hub holds them."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
