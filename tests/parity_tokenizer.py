"""The speech tokenizer against the public reference: fixture `s3tokenizer_tiny`."""

from golden_files import close, fixture, torch

from engine.nets.speech_tokenizer import SpeechTokenizer, SpeechTokenizerConfig, codes


def _net():
    weights, arrays, config = fixture("s3tokenizer_tiny")
    net = SpeechTokenizer(SpeechTokenizerConfig(
        mels=config["n_mels"], width=config["n_audio_state"], heads=config["n_audio_head"],
        layers=config["n_audio_layer"], kernel=config["fsmn_kernel"], rope=config["rope_dim"],
        digits=len(weights["quantizer._codebook.project_down.bias"])))  # fmt: skip
    net.load_state_dict(weights, strict=True)
    return net.eval(), arrays


def test_tokenizer_encoder_and_codes():
    net, arrays = _net()
    with torch.no_grad():
        frames, lengths = net.encoder(arrays["mel"], arrays["mel_len"])
        ours, ours_len = net(arrays["mel"], arrays["mel_len"])
    assert lengths.tolist() == ours_len.tolist() == arrays["encoder_len"].tolist() == arrays["code_len"].tolist()
    for i, n in enumerate(lengths.tolist()):
        close(frames[i, :n], arrays["encoder_out"][i, :n])
        close(net.quantizer.project(frames[i, :n]).detach(), arrays["project_down"][i, :n])
        assert ours[i, :n].tolist() == arrays["codes"][i, :n].tolist()
        assert codes(arrays["project_down"][i, :n]).tolist() == arrays["codes"][i, :n].tolist()


def test_tokenizer_padding_changes_nothing():
    net, arrays = _net()
    i = int(arrays["mel_len"].argmin())
    n = arrays["mel_len"][i : i + 1]
    with torch.no_grad():
        alone, k = net(arrays["mel"][i : i + 1, :, : int(n)], n)
    assert alone[0].tolist() == arrays["codes"][i, : int(k)].tolist()
