"""Units of time. The microphone's sample count is the only clock; everything else is derived from it."""

MIC_HZ = 16_000                  # what the canceller, the VAD, the predictor and the recogniser hear
HOP = 512                        # samples a hop: 32 ms, the native window of Silero VAD
FRAME = 160                      # samples a canceller frame: 10 ms, the native frame of WebRTC's APM
VOICE_HZ = 24_000                # what synthesisers deliver
DEVICE_HZ = 48_000               # preferred rate of a sound device, and the simulated room's
BLOCK_MS = 10                    # one callback of the device


def hops(ms: float) -> int:
    """Whole hops that cover `ms`, never zero: a threshold can be short, not absent."""
    return max(1, round(ms * MIC_HZ / 1000 / HOP))


def seconds(hop: float) -> float:
    """Microphone time at the end of hop number `hop` (counted from 1)."""
    return hop * HOP / MIC_HZ


def block_samples(hz: int) -> int:
    """Samples of one device block at `hz`."""
    return hz * BLOCK_MS // 1000
