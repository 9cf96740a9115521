"""A pretended graphics card: networks run on the CPU, and whatever would fail on CUDA, or be replayed wrongly, raises.

    with Card() as card:
        net.to(card.device); net(x.to(card.device)).cpu()

A tensor "on the card" is one on the CPU that says it is not (`OnCard`). One of the host and one of the card in one
operation raise, but for what CUDA takes: numbers without dimensions, copies, indices of the host. numpy of what is on
the card raises. A recording notes every operation that takes or makes something on the card, its replay runs them again
into the same places: what the host decided while it was recorded stays decided. In a recording nothing may be waited
for. What it does not show: kernels that CUDA lacks or computes otherwise, its memory, and whether streams wait for each
other. For one thread.
"""

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch
import torch._dynamo  # before anything is patched: transformers' caches load it when first used
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("cuda:0")
FREE = 64_000_000_000            # bytes
TAKES_HOST = frozenset(("copy_", "to", "__getitem__", "index", "__setitem__", "index_put_", "__set__", "type_as"))
WAITS = frozenset(("item", "tolist", "cpu", "numpy", "__int__", "__float__", "__bool__", "__index__", "nonzero",
                   "equal", "unique_consecutive", "unique", "masked_select", "__contains__",
                   "is_nonzero"))  # fmt: skip
LOOKS = frozenset(("__get__", "dim", "size", "stride", "numel", "element_size", "is_floating_point", "__len__",
                   "untyped_storage", "data_ptr", "is_contiguous", "storage_offset", "nelement", "ndimension",
                   "__repr__", "is_complex", "__hash__", "get_device", "__format__",
                   "is_inference", "__deepcopy__"))  # fmt: skip


class OnCard(torch.Tensor):
    """A tensor of the pretended card."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise AssertionError(f"{func}: the pretended card is used outside `with Card()`, or in another thread")


class Graph:
    """What was done while it was recorded."""

    def __init__(self) -> None:
        self.done: list[tuple[Callable[..., Any], Any, Any, Any]] = []
        self.replays = 0

    def pool(self) -> str:
        return "pool"

    def replay(self) -> None:
        self.replays += 1
        with torch._C.DisableTorchFunction(), torch.no_grad():
            for func, args, kwargs, out in self.done:
                again = func(*args, **kwargs)
                for old, new in zip(tree_leaves(out), tree_leaves(again), strict=True):
                    if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                        old.copy_(new)


class Card(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.device = str(DEVICE)
        self.graph: Graph | None = None          # being recorded
        self.graphs: list[Graph] = []
        self.refuses = ""                        # what the driver says to every recording; empty: it takes them
        self._patches = ExitStack()

    def __enter__(self) -> "Card":
        super().__enter__()
        cuda = torch.cuda
        for name, value in {
            "is_available": lambda: True, "mem_get_info": lambda device=None: (FREE, FREE), "Stream": mock.MagicMock(),
            "current_stream": mock.MagicMock(), "stream": _nothing, "synchronize": lambda device=None: None,
            "CUDAGraph": Graph, "graph": self._recording, "empty_cache": lambda: None,
            "max_memory_allocated": lambda device=None: 0, "get_device_name": lambda device=None: "pretended",
        }.items():  # fmt: skip
            self._patches.enter_context(mock.patch.object(cuda, name, value))
        compatible = torch._has_compatible_shallow_copy_type
        self._patches.enter_context(mock.patch.object(
            torch, "_has_compatible_shallow_copy_type", lambda a, b: type(a) is type(b) and compatible(a, b)))
        self._patches.enter_context(mock.patch.object(torch, "Generator", _Generator))
        return self

    def __exit__(self, *error: Any) -> None:
        self._patches.close()
        super().__exit__(*error)

    @contextmanager
    def _recording(self, graph: Graph, pool: Any, stream: Any, capture_error_mode: str) -> Any:
        assert self.graph is None
        self.graph = graph
        self.graphs.append(graph)
        try:
            yield
            if self.refuses:
                raise RuntimeError(self.refuses)
        finally:
            self.graph = None

    # -- one operation ------------------------------------------------------------------------------------------
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", str(func))
        given = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        here = any(isinstance(x, OnCard) for x in given)
        if name == "__get__" and here and (special := _property(func)) is not None:
            return special
        to, args, kwargs = _device(name, args, kwargs)
        self._check(func, name, given, here, to)
        with torch._C.DisableTorchFunctionSubclass():
            out = func(*args, **kwargs)
        card = to.type == "cuda" if to is not None else here and name != "cpu"
        found = out
        if any(isinstance(x, torch.Tensor) for x in tree_leaves(out)):
            found = tree_map(lambda x: _placed(x, card, name == "cpu" or to is not None, args), out)
        if self.graph is not None and (card or here) and name not in LOOKS:
            self.graph.done.append((func, args, kwargs, found))
        return found

    def _check(self, func: Any, name: str, given: list[torch.Tensor], here: bool, to: torch.device | None) -> None:
        if here and name in ("numpy", "__array__"):
            raise TypeError(f"{name} of a tensor on the card: it must be copied to the host first")
        host = [x for x in given if not isinstance(x, OnCard) and _dim(x)]
        if here and host and name not in TAKES_HOST:
            raise RuntimeError(f"{name}: tensors of the card and of the host, {[_shape(x) for x in given]}")
        if name in ("__getitem__", "index") and given and not isinstance(given[0], OnCard) and here:
            raise RuntimeError(f"{name}: a tensor of the host with an index on the card")
        if self.graph is None:
            return
        moves = to is not None and given and (to.type == "cuda") != here
        copies = name == "copy_" and len({isinstance(x, OnCard) for x in given}) > 1
        if (here and name in WAITS) or moves or copies or (name in ("tensor", "as_tensor") and to is not None):
            raise RuntimeError(f"{name}: in a recording the host waits for a number, or gives one")


def _device(name: str, args: Any, kwargs: Any) -> tuple[torch.device | None, Any, Any]:
    """-> the device that is asked for, and the arguments with the CPU in its place."""
    if name not in ("to", "device") and "device" not in kwargs:
        return None, args, kwargs
    to: torch.device | None = None

    def cpu(x: Any, place: bool) -> Any:
        nonlocal to
        if isinstance(x, torch.device) or (place and isinstance(x, str)):
            to = torch.device(x)
            return torch.device("cpu") if to.type == "cuda" else x
        return x

    if name == "to":
        args = (args[0], *(cpu(x, True) for x in args[1:]))
        if len(args) > 1 and isinstance(args[1], OnCard):
            to = DEVICE
    if kwargs.get("device") is not None:
        kwargs["device"] = cpu(kwargs["device"], True)
    return to, args, kwargs


def _property(func: Any) -> Any:
    owner = getattr(func, "__self__", None)
    name = getattr(owner, "__name__", "")
    return {"device": DEVICE, "is_cuda": True, "is_cpu": False}.get(name)


def _placed(x: Any, card: bool, moved: bool, args: Any) -> Any:
    """The result x where it belongs. moved: from one to the other, so it has numbers of its own."""
    if not isinstance(x, torch.Tensor) or (isinstance(x, OnCard) is card and any(x is a for a in args)):
        return x
    with torch._C.DisableTorchFunctionSubclass():
        if moved and any(isinstance(a, torch.Tensor) and x.data_ptr() == a.data_ptr() for a in args):
            x = x.clone()
        return x.as_subclass(OnCard if card else torch.Tensor)


def _dim(x: torch.Tensor) -> int:
    with torch._C.DisableTorchFunctionSubclass():
        return x.dim()


def _shape(x: torch.Tensor) -> str:
    with torch._C.DisableTorchFunctionSubclass():
        return f"{'card' if isinstance(x, OnCard) else 'host'} {tuple(x.shape)}"


@contextmanager
def _nothing(*_: Any) -> Any:
    yield


class _Generator(torch.Generator):
    """On the CPU wherever it is wanted."""

    def __new__(cls, device: Any = "cpu") -> "_Generator":
        return super().__new__(cls)
