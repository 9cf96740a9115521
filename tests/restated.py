"""CosyVoice3's flow, sines and streaming loop once more, plainly, from ../shared/reference/models.md 4.7 and 4.9.

For one question: does engine/ differ from the reference by its code, or by the processor that made the fixtures? Only
weights are engine/'s, and the decoder after the source, which its own fixture holds to 2e-6. Everything is computed
anew in each call, in the reference's order and layouts: on one machine the two must agree to the last bits.
"""

import math

from golden_files import torch

from engine.nets.cfm import finish

F = torch.nn.functional


def rotated(x, angles):
    turned, rest = x[..., : angles.shape[-1]], x[..., angles.shape[-1] :]
    a, b = turned.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.cat([turned * angles.cos() + torch.stack([-b, a], -1).flatten(-2) * angles.sin(), rest], -1)


def attention(part, x, mask, angles):
    q, k, v = rotated(part.to_q(x), angles), rotated(part.to_k(x), angles), part.to_v(x)
    q, k, v = (y.unflatten(-1, (part.heads, -1)).transpose(1, 2) for y in (q, k, v))
    a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return part.to_out[0](a.transpose(1, 2).flatten(2))


def shifted(x, shift, scale):
    return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale[:, None]) + shift[:, None]


def velocity(net, x, mu, t, speaker, cond, chunk):
    """x, mu, cond [2, 80, T], t [2], speaker [2, 80] -> [2, 80, T]; chunk in frames, None: everybody sees all."""
    n = x.shape[2]
    rates = torch.exp(torch.arange(128).float() * -(math.log(10000) / 127))
    angle = 1000 * t[:, None] * rates[None]
    time = F.silu(net.time_embed.time_mlp(torch.cat([angle.sin(), angle.cos()], -1)))
    rows = [y.transpose(1, 2) for y in (x, cond, mu)]
    x = net.input_embed.proj(torch.cat([*rows, speaker[:, None].repeat(1, n, 1)], -1))
    y = x.transpose(1, 2)
    for conv in (net.input_embed.conv_pos_embed.conv1, net.input_embed.conv_pos_embed.conv2):
        y = conv(F.pad(y, (30, 0)))
    x = y.transpose(1, 2) + x
    at = torch.arange(n)
    angles = (at.float()[:, None] * net.rotary_embed.inv_freq).repeat_interleave(2, 1)[None]
    mask = torch.ones(n, n, dtype=torch.bool) if chunk is None else at < (at[:, None] // chunk + 1) * chunk
    mask = mask.expand(2, 1, n, n).contiguous()
    for block in net.transformer_blocks:
        shift, scale, gate, shift2, scale2, gate2 = block.attn_norm.linear(time).chunk(6, 1)
        x = x + gate[:, None] * attention(block.attn, shifted(x, shift, scale), mask, angles)
        x = x + gate2[:, None] * block.ff(shifted(x, shift2, scale2))
    scale, shift = net.norm_out.linear(time).chunk(2, 1)
    return net.proj_out(shifted(x, shift, scale)).transpose(1, 2)


def mel_of(flow, tokens, prompt, final):
    """The last call is the one without chunk masks."""
    net = flow.net
    x = net.input_embedding(torch.cat([prompt.tokens, tokens], 1))
    known = x.shape[1] - (0 if final else 3)
    y = x.transpose(1, 2).contiguous()
    look = net.pre_lookahead_layer
    y = F.leaky_relu(look.conv1(F.pad(y, (0, 3)) if final else y))
    y = look.conv2(F.pad(y, (2, 0))).transpose(1, 2).contiguous() + x[:, :known]
    mu = y.repeat_interleave(2, 1).transpose(1, 2).contiguous()
    zeros, p = torch.zeros_like(mu), prompt.mel.shape[2]
    cond = torch.cat([prompt.mel, zeros[:, :, p:]], 2)
    speaker = net.spk_embed_affine_layer(F.normalize(prompt.speaker, dim=1))
    given = [torch.cat([y, torch.zeros_like(y)]) for y in (mu, speaker, cond)]
    marks = 1 - torch.cos(torch.linspace(0, 1, 11) * 0.5 * torch.pi)
    x, t = flow.noise[:, :, : mu.shape[2]], marks[:1]
    for mark in marks[1:]:
        length = mark - t
        v = velocity(net.estimator, x.repeat(2, 1, 1), given[0], t.repeat(2), *given[1:], None if final else 50)
        x = x + length * (1.7 * v[:1] - 0.7 * v[1:])
        t = t + length
    return x[:, :, p:]


def source_of(net, f0):
    """f0 [1, T] -> [1, 1, 480 T] without noise: summed in single precision, held for a frame."""
    steps = f0[:, :, None] * torch.arange(1.0, 10)[None, None] / 24000 % 1
    phase = torch.cumsum(steps, 1) * 2 * math.pi * 480
    voiced = (f0 > 10).float()[:, :, None]
    mixed = torch.tanh(net.m_source.l_linear((torch.sin(phase) * 0.1 * voiced).repeat_interleave(480, 1)))
    return mixed.transpose(1, 2)


@torch.inference_mode()
def stream(flow, vocoder, tokens, prompt, calls):
    """tokens [1, n]; calls: (tokens passed, offset, final) each -> samples [1, 960 n]."""
    mel, waves, given = prompt.mel[:, :, :0], [], 0
    for passed, offset, final in calls:
        mel = torch.cat([mel, mel_of(flow, tokens[:, :passed], prompt, final)[:, :, 2 * offset :]], 2)
        wave = finish(vocoder.walk(mel, source_of(vocoder, vocoder.f0(mel, final)), final))
        waves.append(wave[:, given:])
        given = wave.shape[1]
    return torch.cat(waves, 1)
