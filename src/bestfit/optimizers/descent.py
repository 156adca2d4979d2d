"""torch's fused kernel of gradient descent, which takes all tensors in one call."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .rule import Group
from .spans import Span

__all__ = ["descend"]

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
    weights, grads = [s.w for s in spans], [s.g for s in spans]
    if not all(s.on_cpu and s.w.dtype in KERNELS for s in spans):
        return False
    lr, decay = float(group["lr"]), float(group["weight_decay"])
    if decay and shrinks:
        torch._foreach_mul_(weights, 1 - lr * decay)
    torch._fused_sgd_(
        weights, grads, list(buffers), weight_decay=0.0 if shrinks else decay,
        momentum=float(group["momentum"]) if buffers else 0.0, lr=lr, dampening=float(dampening),
        nesterov=nesterov, maximize=False, is_first_step=False,
    )  # fmt: skip
    return True
