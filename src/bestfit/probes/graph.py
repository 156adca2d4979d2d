"""What a network does with some rows: each operation that it calls, and what comes out of it.

Seen from outside, by the functions of torch that the network calls, so that activations written
as functions are seen like those written as modules.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ..graph import LOUD, Graph, Operation
from .spread import spread_of

__all__ = ["BOUNDED", "RECTIFIED", "graph_of"]

AFFINE = {"linear", "conv1d", "conv2d", "conv3d", "addmm", "bilinear"}
PRODUCT = {"matmul", "mm", "bmm", "__matmul__", "__rmatmul__", "einsum", "baddbmm"}
RECURRENT = {"rnn_tanh", "rnn_relu", "lstm", "gru"}
RECTIFIED = {"relu", "relu_", "relu6", "threshold", "threshold_"}
BOUNDED = {"sigmoid", "sigmoid_", "tanh", "tanh_", "hardtanh", "hardsigmoid", "softsign"}
SMOOTH = {
    "leaky_relu", "leaky_relu_", "elu", "elu_", "selu", "selu_", "celu", "gelu", "silu", "mish",
    "softplus", "prelu", "rrelu", "hardswish", "clamp", "clamp_min", "abs", "exp", "sin", "cos",
    "square", "pow", "__pow__", "max", "min", "maximum", "max_pool1d", "max_pool2d", "max_pool3d",
    "glu", "logsigmoid", "tanhshrink", "softshrink", "hardshrink", "sqrt", "log", "log1p",
}  # fmt: skip
SHARES = {"softmax", "log_softmax", "softmin"}
NORMS = {"batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "normalize"}
STEPWISE = {"sign", "sgn", "round", "floor", "ceil", "trunc", "fix", "heaviside"}
CUTS = {"detach", "detach_"}
CLEAR = {
    "view", "reshape", "flatten", "squeeze", "unsqueeze", "permute", "transpose", "contiguous",
    "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout", "expand",
    "__getitem__", "select", "narrow", "chunk", "split", "to", "float", "double", "clone", "mean",
    "avg_pool1d", "avg_pool2d", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
    "identity", "sum", "unflatten", "movedim", "swapaxes", "t", "detach", "detach_", "__get__",
    "view_as", "type", "mT",
}  # fmt: skip
KINDS = {
    "affine": AFFINE, "product": PRODUCT, "recurrent": RECURRENT, "rectified": RECTIFIED,
    "bounded": BOUNDED, "smooth": SMOOTH, "shares": SHARES, "norm": NORMS,
    "stepwise": STEPWISE,
}  # fmt: skip
DRIVEN = {"affine", "recurrent", "bounded"}
TURNS = {"permute", "transpose", "movedim", "swapaxes", "mT"}
MAX_CLOSED = 0.05  # of the largest derivative: below, a unit lets nothing through
SHUT = 4.36  # what a gate reads where its derivative is so small
MOST = 0.9  # of the rows
HALF = 0.5  # of the rows and places of a map or a sequence, which goes from one end to the other


class _Watching(TorchFunctionMode):
    """Writes down what is called while it is on."""

    def __init__(self, names: Mapping[int, str], inputs: tuple[Tensor, ...]) -> None:
        super().__init__()
        self.names, self.path = names, [""]
        self.made: dict[int, int] = {id(x): -1 for x in inputs}
        self.kept: list[object] = list(inputs)  # an id is good while its object lives
        self.operations: list[Operation] = []
        self.counts: dict[str, int] = {}
        self.maps: set[int] = set()  # of what convolutions along a sequence gave, channels second
        self.cut = False

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        count = self.counts.get(name, 0)
        self.counts[name] = count + 1
        if name == "_set_grad_enabled" and args and not args[0]:
            self.cut = True
        results = out if isinstance(out, tuple | list) else [out]
        tensors = [t for t in results if isinstance(t, Tensor)]
        if not tensors or not tensors[0].is_floating_point():
            return out
        given = [*_tensors(args), *_tensors(tuple(kwargs.values()))]
        reads = tuple(dict.fromkeys(self.made[id(t)] for t in given if id(t) in self.made))
        names = tuple(self.names[id(t)] for t in given if id(t) in self.names)
        if not reads and not names:
            return out
        place = len(self.operations)
        kind = next((k for k, of in KINDS.items() if name in of), "clear" if name in CLEAR else "")
        if kind == "product" and names:
            kind = "affine"
        if name in ("max", "min", "mean", "sum") and len(tensors) > 1:
            kind = "smooth"
        if kind == "clear" and (len(reads) != 1 or names):
            kind = "other"
        self.cut = self.cut or name in CUTS or (name == "__get__" and _shares(tensors[0], given))
        goes_on = name not in TURNS and not self.maps.isdisjoint(reads)
        if maps := tensors[0].dim() == 3 and (name == "conv1d" or goes_on):
            self.maps.add(place)
        facts = _facts(kind, name, tensors[0], maps) if kind not in ("clear", "") else {}
        read = next((t for t in given if id(t) in self.made), None)
        if kind in DRIVEN and read is not None:
            facts |= _drive(name, read, args)
        shape = tuple(tensors[0].shape[1:])
        self.operations.append(
            Operation(name, kind or "other", self.path[-1], count, reads, names, shape, facts)
        )
        for t in tensors:
            self.made[id(t)] = place
            self.kept.append(t)
        return out


def graph_of(
    module: nn.Module, inputs: tuple[Tensor, ...], named: Mapping[str, Tensor] | None = None
) -> tuple[Graph, Any]:
    """What a network does with these rows, and what it gives. It is called as it stands.

    Args:
        module: not changed, but for statistics that it keeps in ``train`` mode.
        inputs: a few hundred rows at most; every result is kept until the end.
        named: further inputs, by keyword.
    """
    names, named = {id(p): n for n, p in module.named_parameters()}, named or {}
    watching = _Watching(names, (*inputs, *named.values()))
    with _paths(module, watching.path), watching:
        output = module(*inputs, **named)
    answer = output.get("logits") if isinstance(output, Mapping) else output
    result = watching.made.get(id(answer), -1)
    floats = [x for x in inputs if x.is_floating_point()]
    size = _rms(floats[0].detach()) if floats else 1.0
    return Graph(tuple(watching.operations), result, watching.cut, size), output


@contextmanager
def _paths(module: nn.Module, path: list[str]) -> Iterator[None]:
    """Within, the last of ``path`` is the module that is at work."""
    hooks = []
    for name, part in module.named_modules():

        def enter(_: object, __: object, name: str = name) -> None:
            path.append(name)

        def leave(_: object, __: object, ___: object) -> None:
            path.pop()

        hooks += [part.register_forward_pre_hook(enter), part.register_forward_hook(leave)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _tensors(values: tuple[Any, ...]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from _tensors(tuple(value))


def _shares(made: Tensor, given: list[Tensor]) -> bool:
    """Whether ``x.data`` was taken of something that has a gradient."""
    return bool(given) and not made.requires_grad and given[0].requires_grad


@torch.no_grad()
def _facts(kind: str, name: str, out: Tensor, maps: bool) -> dict[str, float]:
    """Numbers of a result (B, …): how large, how different from row to row, what is shut.

    ``maps`` is whether channels stand second in a sequence, as in pictures.
    """
    if out.dim() < 2 or len(out) < 2:
        return {}
    units = out.detach().float()
    units = units.reshape(len(units), -1) if units.dim() == 2 else _by_unit(units, maps)
    facts = {
        "rms": _rms(units),
        "spread": float(spread_of(units).median()),
        "zero": 1 - int(units.count_nonzero()) / units.numel(),
    }
    if kind == "rectified":
        facts["dead"] = float((units.clamp(min=0).sum(dim=0) == 0).float().mean())
    if kind == "bounded" or name == "rnn_tanh":
        closed = _derivative(name, units) < MAX_CLOSED
        most = MOST if out.dim() == 2 else HALF
        facts["saturated"] = float((closed.float().mean(dim=0) > most).float().mean())
        facts["closed"] = float(closed.float().mean())
    return facts


@torch.no_grad()
def _drive(name: str, read: Tensor, args: Any) -> dict[str, float]:
    """How large what an operation reads is, and which share of gates it shuts or opens for good."""
    facts = {"drive": _rms(read.detach())}
    if facts["drive"] > LOUD and name in ("lstm", "gru") and isinstance(args[2], list | tuple):
        pull = read.detach().reshape(-1, read.shape[-1]) @ args[2][0].detach().T
        shut = (pull.abs() > SHUT).float().mean(dim=0) > HALF
        facts["saturated"] = float(shut.float().mean())
    return facts


def _rms(x: Tensor) -> float:
    return float(x.float().norm()) / math.sqrt(max(1, x.numel()))


def _by_unit(out: Tensor, maps: bool) -> Tensor:
    """(B, C, H, W), (B, C, L) or (B, T, F) → (B', units): a channel, or a feature, is a unit."""
    if out.dim() >= 4 or maps:
        return out.movedim(1, -1).reshape(-1, out.shape[1])
    return out.reshape(-1, out.shape[-1])


def _derivative(name: str, value: Tensor) -> Tensor:
    """Of the function by its result, as a share of the largest."""
    if name.startswith("sigmoid"):
        return 4 * value * (1 - value)
    if name.startswith(("tanh", "rnn_tanh")):
        return 1 - value.square()
    if name == "softsign":
        return (1 - value.abs()).square()
    low, high = (0.0, 1.0) if name == "hardsigmoid" else (-1.0, 1.0)
    return ((value > low) & (value < high)).float()
