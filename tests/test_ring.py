import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audio_io.device.ring import Ring


@given(st.integers(1, 40), st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=60))
def test_ring_behaves_like_a_bounded_list(capacity, ops):
    ring, model, n, lost, starved = Ring(capacity), [], 0, 0, 0
    for push, size in ops:
        if push:
            x = np.arange(n, n + size, dtype=np.float32)
            n += size
            room = capacity - len(model)
            model += x[:room].tolist()
            lost += max(0, size - room)
            ring.push(x)
        else:
            out = np.full(size, -1, np.float32)
            ring.pull(out)
            want, model = model[:size], model[size:]
            starved += size - len(want)
            assert out.tolist() == want + [0.0] * (size - len(want))
        assert (len(ring), ring.lost, ring.starved) == (len(model), lost, starved)
        assert ring.free == capacity - len(model)


def test_a_ring_whose_writer_rests_is_not_starved():
    ring, out = Ring(10), np.ones(4, np.float32)
    ring.resting = True
    ring.pull(out)
    assert (out.any(), ring.starved) == (False, 0)
    ring.resting = False
    ring.pull(out)
    assert ring.starved == 4
