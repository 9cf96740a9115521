"""The profiles with large models by their names.

    parts = PROFILE_MAKERS["workstation"](order)

`workstation` hears with SenseVoice, thinks with a chat model on this machine and speaks with CosyVoice. `server` thinks
with an OpenAI-compatible server, and takes the embedded profile's ears and voice where the large ones cannot run; that
is told. `aligned` (engine/runtime/aligned_profile.py) joins the three by embeddings.
"""

from collections.abc import Callable
from functools import partial

from engine.runtime.embedded import Parts
from engine.runtime.make_stages import (
    Order,
    ask,
    check_models,
    check_packages,
    local_mind,
    put_together,
    recogniser_for,
    server_mind,
    synthesiser_for,
)


def workstation(order: Order) -> Parts:
    """Raises NotHere with one line for what is missing, Trouble for a model that does not load."""
    check_packages(order)
    check_models(order)
    return put_together(order, partial(recogniser_for, spare=False), partial(synthesiser_for, spare=False), local_mind)


def server(order: Order) -> Parts:
    """Raises Trouble where no server answers. Ears and voice that cannot run are replaced, and told of."""
    ask(order)                                   # before anything large is read
    return put_together(order, partial(recogniser_for, spare=True), partial(synthesiser_for, spare=True), server_mind)


def aligned(order: Order) -> Parts:
    """Raises as `workstation` does, and NotHere without a checkpoint made by `parley train aligned`."""
    check_packages(order)
    from engine.runtime.aligned_profile import aligned as make

    return make(order)


PROFILE_MAKERS: dict[str, Callable[[Order], Parts]] = {
    "workstation": workstation, "server": server, "aligned": aligned,
}
