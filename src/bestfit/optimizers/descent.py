"""torch's fused kernel of gradient descent, which takes all tensors in one call."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .rule import Group
from .spans import Span

__all__ = ["able", "descend", "shrunk"]

KERNELS = (torch.float32, torch.float64)


def descend(
    spans: Sequence[Span],
    group: Group,
    buffers: Sequence[Tensor] = (),
    *,
    shrinks: bool,
    dampening: Any = 0.0,
    nesterov: bool = False,
) -> bool:
    """Move along gradients, or along v ← momentum · v + (1 − dampening) · g.

    Args:
        spans: of one group.
        group: ``lr``, ``weight_decay`` and ``momentum``.
        buffers: v of each span; none without momentum.
        shrinks: whether weights shrink apart from the gradient.
        dampening: see above.
        nesterov: g + momentum · v takes the place of v.
    Returns:
        whether it was done: the kernel is for whole tensors of plain numbers on the processor.
    """
    if not able(spans):
        return False
    weights, grads = [s.w for s in spans], [s.g for s in spans]
    decay = shrunk(spans, group, shrinks=shrinks)
    torch._fused_sgd_(
        weights, grads, list(buffers), weight_decay=decay,
        momentum=float(group["momentum"]) if buffers else 0.0, lr=float(group["lr"]),
        dampening=float(dampening), nesterov=nesterov, maximize=False, is_first_step=False,
    )  # fmt: skip
    return True


def able(spans: Sequence[Span]) -> bool:
    """Whether the kernels of the processor are for these."""
    if torch.compiler.is_compiling():
        return False
    return all(s.on_cpu and s.w.dtype in KERNELS for s in spans)


def shrunk(spans: Sequence[Span], group: Group, *, shrinks: bool) -> float:
    """Shrink weights apart from the gradient, if they are to; the decay that is left to do."""
    decay = float(group["weight_decay"])
    if decay and shrinks:
        torch._foreach_mul_([s.w for s in spans], 1 - float(group["lr"]) * decay)
        return 0.0
    return decay
