"""What a loss takes outputs for: asked of the loss itself, by a few outputs that are made up."""

import math

import torch
from torch import Tensor, nn

from ..losses import Custom, Loss

__all__ = ["takes_of"]

KNOWN: dict[type[nn.Module], str] = {
    nn.BCELoss: "probabilities",
    nn.BCEWithLogitsLoss: "logits",
    nn.CrossEntropyLoss: "logits",
    nn.NLLLoss: "log_probabilities",
    nn.MSELoss: "numbers",
    nn.L1Loss: "numbers",
    nn.SmoothL1Loss: "numbers",
    nn.HuberLoss: "numbers",
}
ROWS = 16


def takes_of(chosen: Loss, target: Tensor, n_outputs: int, *, classes: bool) -> str:
    """What outputs are taken for.

    Logits, probabilities, log_probabilities, numbers; or it is ``unbounded``, with no least value
    at the right answers, or ``unrelated``: the right answers cost as much as their mean.

    Args:
        chosen: the loss.
        target: (N, …) as the loss gets it.
        n_outputs: of the network.
        classes: whether classes are predicted.
    """
    if not isinstance(chosen, Custom):
        return "numbers" if chosen.tasks == ("regression",) else "logits"
    if chosen.takes or type(chosen.function) in KNOWN:
        return chosen.takes or KNOWN[type(chosen.function)]  # type: ignore[index]  # is in it
    y = target[:ROWS]
    if not classes:
        return _of_numbers(chosen, y, n_outputs)
    if n_outputs > 1:
        return _of_classes(chosen, y, n_outputs)
    sign = 2 * y.reshape(-1, 1).float() - 1
    right, wrong = _value(chosen, 30 * sign, y), _value(chosen, -30 * sign, y)
    if math.isnan(right):
        return "probabilities"
    if right < 0 or wrong < -1e-6:
        return "unbounded"
    inside = _value(chosen, (sign * 0.499 + 0.5), y)
    return "logits" if right < 0.1 * wrong and right < inside else "numbers"


def _of_numbers(chosen: Loss, y: Tensor, n_outputs: int) -> str:
    exact, spread = y.float().reshape(len(y), -1), float(y.float().abs().max()) + 1
    if exact.shape[1] != n_outputs:
        return "numbers"
    best = _value(chosen, exact, y)
    far = min(_value(chosen, exact + s * 1e3 * spread, y) for s in (1.0, -1.0))
    if far < best - 1e-6:
        return "unbounded"
    middle = _value(chosen, exact.mean(dim=0).expand_as(exact), y)
    return "unrelated" if len(y) > 2 and best >= 0.9 * middle > 0 else "numbers"


def _of_classes(chosen: Loss, y: Tensor, n_outputs: int) -> str:
    shown = torch.nn.functional.one_hot(y.reshape(-1).long(), n_outputs).float()
    right, wrong = _value(chosen, 30 * shown, y), _value(chosen, -30 * shown, y)
    if right > wrong + 1e-6:
        return "unbounded"
    random = torch.Generator().manual_seed(0)
    z = torch.randn(len(y), n_outputs, generator=random).to(y.device)
    plain, moved = _value(chosen, z, y), _value(chosen, z + 2, y)
    if not math.isnan(plain) and abs(plain - moved) < 1e-4 * (1 + abs(plain)):
        return "logits"
    if not math.isnan(plain) and abs((plain - moved) - 2) < 1e-3:
        return "log_probabilities"
    shares = z.softmax(dim=1)
    if math.isnan(plain) or _value(chosen, shares * 0.5, y) > _value(chosen, shares, y) + 0.5:
        return "probabilities"
    return "numbers"


def _value(chosen: Loss, output: Tensor, y: Tensor) -> float:
    """The mean loss; NaN where it does not take such outputs."""
    try:
        with torch.no_grad():
            value = float(chosen(output, y).mean())
    except (RuntimeError, ValueError, TypeError, IndexError):
        return math.nan
    return value if not math.isnan(value) else math.nan
