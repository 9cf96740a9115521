"""How many bits a number of a chat model gets on a processor. The checkpoints have 16.

16 bits are half the memory to read for every token, and with instructions for them (AVX512-BF16, AMX, newer ARM) up
to three times as fast over a prompt; without, each product is made of several steps and is slower. Which of the two a
processor is cannot be read off its name, and every system has its own list of instructions: it is measured.
"""

import time
from functools import cache

SMALL = 4_000_000_000            # bytes at 16 bits, up to which there may be room for 32
SIDE, ROWS = 3072, (1, 48)       # a token, and a piece of a prompt, through one square layer: 38 MB at 32 bits
TRIES = 5
CLEARLY = 0.8                    # of the time at 32 bits


def on_processor(size: int) -> str:
    """size: bytes of the checkpoint. -> bf16 or fp32."""
    return "bf16" if size > SMALL or quicker_in_16_bits() else "fp32"


@cache
def quicker_in_16_bits() -> bool:
    """Whether this processor is clearly quicker with them. About 0.1 s, once a process."""
    import torch

    def takes(dtype: torch.dtype) -> float:
        weight = torch.full((SIDE, SIDE), 0.01, dtype=dtype)
        return sum(min(_timed(weight, torch.full((rows, SIDE), 0.01, dtype=dtype)) for _ in range(TRIES))
                   for rows in ROWS)

    def _timed(weight: torch.Tensor, x: torch.Tensor) -> float:
        begin = time.perf_counter()
        torch.nn.functional.linear(x, weight)
        return time.perf_counter() - begin

    with torch.no_grad():
        return takes(torch.bfloat16) < CLEARLY * takes(torch.float32)
