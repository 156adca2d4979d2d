"""What a loss takes outputs for: asked of the loss itself, by a few outputs that are made up."""

import math

import torch
from torch import Tensor, nn

from ..losses import Custom, Loss

__all__ = ["flaw_of", "takes_of", "value_of"]

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


def takes_of(chosen: Loss, target: Tensor, n_outputs: int) -> str:
    """What a loss of classes takes outputs for: logits, probabilities, log_probabilities, numbers;
    ``unbounded`` where it is not least at the right answers.

    Args:
        chosen: the loss.
        target: (N, …) as the loss gets it.
        n_outputs: of the network.
    """
    if not isinstance(chosen, Custom):
        return "numbers" if chosen.tasks == ("regression",) else "logits"
    if chosen.takes or type(chosen.function) in KNOWN:
        return chosen.takes or KNOWN[type(chosen.function)]  # type: ignore[index]  # is in it
    y = target[:ROWS]
    if n_outputs > 1:
        return _of_classes(chosen, y, n_outputs)
    sign = 2 * y.reshape(-1, 1).float() - 1
    right, wrong = value_of(chosen, 30 * sign, y), value_of(chosen, -30 * sign, y)
    if math.isnan(right):
        return "probabilities"
    if right < 0 or wrong < -1e-6 or _deaf(chosen, target):
        return "unbounded"
    inside = value_of(chosen, (sign * 0.499 + 0.5), y)
    return "logits" if right < 0.1 * wrong and right < inside else "numbers"


def _deaf(chosen: Loss, target: Tensor) -> bool:
    """Whether it is all the same what the rows of one of two classes are told."""
    label = target.reshape(-1).float()
    places = [(label == c).nonzero()[:ROWS, 0] for c in (0, 1)]
    y = target[torch.cat(places)]
    sign = 2 * y.reshape(-1, 1).float() - 1
    right = value_of(chosen, 30 * sign, y)
    mixed = [value_of(chosen, 30 * torch.where(sign == s, -sign, sign), y) for s in (-1, 1)]
    return all(len(p) for p in places) and min(mixed) <= right


def flaw_of(chosen: Loss, target: Tensor) -> str:
    """What is wrong with a loss of numbers.

    It may be ``unbounded``, with no least value, or ``unrelated``, where right answers cost as
    much as their mean, or errors of two rows cancel each other; ``""`` is nothing.

    Args:
        chosen: the loss.
        target: (N, T) as the loss gets it.
    """
    if not isinstance(chosen, Custom) or chosen.takes or type(chosen.function) in KNOWN:
        return ""
    y = target[:ROWS]
    flaw = _flaw(chosen, y, y)
    if flaw and bool((y >= 0).all()):  # outputs may be logarithms, as those of counts are
        flaw = _flaw(chosen, y.clamp(min=0.1).log(), y) and flaw
    return flaw


def _flaw(chosen: Loss, right: Tensor, y: Tensor) -> str:
    """The same, of outputs that should be the right ones for targets."""
    best, spread = value_of(chosen, right, y), float(right.abs().max()) + 1
    away = (right + 1e3 * spread, right - 1e3 * spread, 1e3 * right)
    if any(value_of(chosen, far, y) < best - 1e-6 for far in away):
        return "unbounded"
    pairs = len(right) // 2 * 2
    turn = spread * (1 - 2 * (torch.arange(pairs, device=right.device) % 2)).to(right.dtype)
    turned = right[:pairs] + turn.reshape(-1, *[1] * (right.dim() - 1))
    even = value_of(chosen, right[:pairs], y[:pairs])
    if pairs and value_of(chosen, turned, y[:pairs]) <= even + 1e-4 * spread:
        return "unrelated"
    middle = value_of(chosen, right.mean(dim=0).expand_as(right), y)
    return "unrelated" if len(right) > 2 and best >= 0.9 * middle > 0 else ""


def _of_classes(chosen: Loss, y: Tensor, n_outputs: int) -> str:
    shown = torch.nn.functional.one_hot(y.reshape(-1).long(), n_outputs).float()
    right, wrong = value_of(chosen, 30 * shown, y), value_of(chosen, -30 * shown, y)
    if right > wrong + 1e-6:
        return "unbounded"
    random = torch.Generator().manual_seed(0)
    z = torch.randn(len(y), n_outputs, generator=random).to(y.device)
    plain, moved = value_of(chosen, z, y), value_of(chosen, z + 2, y)
    if not math.isnan(plain) and abs(plain - moved) < 1e-4 * (1 + abs(plain)):
        return "logits"
    if not math.isnan(plain) and abs((plain - moved) - 2) < 1e-3:
        return "log_probabilities"
    shares = z.softmax(dim=1)
    if math.isnan(plain) or value_of(chosen, shares * 0.5, y) > value_of(chosen, shares, y) + 0.5:
        return "probabilities"
    return "numbers"


def value_of(chosen: Loss, output: Tensor, y: Tensor) -> float:
    """The mean loss; NaN where it does not take such outputs."""
    try:
        with torch.no_grad():
            value = float(chosen(output, y).mean())
    except Exception:  # a function of the user's own may raise anything
        return math.nan
    return value
