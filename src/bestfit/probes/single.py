"""What one column, or one channel of a sequence, says of the target alone."""

import math

import torch
from torch import Tensor

from .neighbours import AMONG, TINY, skill_of_neighbours

__all__ = ["channel_alone", "column_alone"]

BINS = 30
TELLING = 0.9  # skill of one column, beside which all others are asked
CHANNELS, LONG = 64, 8  # at most; steps of a sequence, at least


def channel_alone(x: Tensor, y: Tensor, xv: Tensor, yv: Tensor) -> dict[str, float]:
    """How well a channel predicts that holds one number through a whole sequence, while others
    move: skill on validation rows. Channels stand last, or second as convolutions read them.

    Args:
        x: (N, T, F) or (N, C, L) of training rows; empty for others.
        y: (N,) classes or (N, T) numbers.
        xv: the same of validation rows.
        yv: their targets.
    """
    if x.dim() != 3 or not x.is_floating_point():
        return {}
    found: dict[str, float] = {}
    for axis, along in ((2, 1), (1, 2)):
        if not 1 < x.shape[axis] <= CHANNELS or x.shape[along] < LONG:
            continue
        still = (x.amax(dim=along) - x.amin(dim=along)).amax(dim=0) <= 1e-6 * x.abs().amax()
        if not bool(still.any()) or bool(still.all()):
            continue
        told, told_v = (part.select(along, 0)[:, still] for part in (x, xv))
        facts = column_alone(told, y, told_v, yv)
        channel = still.nonzero()[int(facts["single_column"]), 0]
        found = {
            "channel_skill": facts["single"], "channel": float(channel), "channel_axis": float(axis)
        }  # fmt: skip
    return found


def column_alone(x: Tensor, y: Tensor, xv: Tensor, yv: Tensor) -> dict[str, float]:
    """How well the best column predicts alone, and the next best: skill on validation rows.

    Args:
        x: (N, C) of training rows.
        y: (N,) classes or (N, T) numbers.
        xv: (V, C) of validation rows.
        yv: their targets.
    """
    x, y, xv, yv = (part[: 4 * AMONG] for part in (x, y, xv, yv))
    edges = torch.quantile(x, torch.linspace(0, 1, BINS + 1)[1:-1], dim=0).T.contiguous()
    place, place_v = (torch.searchsorted(edges, part.T.contiguous()) for part in (x, xv))
    skills = _binned_skills(place, y, place_v, yv)
    best = sorted(skills, reverse=True)
    column = skills.index(best[0])
    rest = torch.arange(x.shape[1]) != column
    told = best[0] > TELLING and len(best) > 1
    return {
        "single": max(best[0], _nearest_skill(x[:, column], y, xv[:, column], yv)),
        "single_next": best[1] if len(best) > 1 else 0.0,
        "others_skill": skill_of_neighbours(x[:, rest], y, xv[:, rest], yv) if told else 0.0,
        "single_within": _within(x[:, column], y),
        "single_column": float(column),
    }


def _within(x: Tensor, y: Tensor) -> float:
    """The share of a column's variance inside the classes; 1 for numbers."""
    if y.is_floating_point():
        return 1.0
    counts = torch.bincount(y).clamp(min=1)
    means = torch.zeros(len(counts), dtype=x.dtype).index_add_(0, y, x) / counts
    return float((x - means[y]).square().mean() / x.var().clamp(min=TINY))


def _binned_skills(place: Tensor, y: Tensor, place_v: Tensor, yv: Tensor) -> list[float]:
    """Of each column, by its bins: (C, N) of the rows that teach, (C, V) of those that judge."""
    n_columns = len(place)
    bins = place + BINS * torch.arange(n_columns).unsqueeze(1)
    if y.is_floating_point():
        t, v = y[:, 0].float(), yv[:, 0].float()
        sums, counts = (
            torch.zeros(n_columns * BINS).index_add_(0, bins.flatten(), each.repeat(n_columns))
            for each in (t, torch.ones_like(t))
        )
        means = torch.where(counts > 0, sums / counts.clamp(min=1), t.mean())
        missed = (v - means.reshape(n_columns, BINS).gather(1, place_v)).square().mean(dim=1)
        return list((1 - missed / v.var().clamp(min=TINY)).tolist())
    n = int(max(int(y.max()), int(yv.max()))) + 1
    votes = torch.bincount((bins * n + y).flatten(), minlength=n_columns * BINS * n)
    choice = votes.reshape(n_columns, BINS, n).argmax(dim=2)
    return list(_classes_skill(choice.gather(1, place_v), yv, n).tolist())


def _classes_skill(found: Tensor, yv: Tensor, n: int) -> Tensor:
    """Of each answer (…, V)."""
    wrong = (found != yv).float().mean(dim=-1)
    base = 1 - float(torch.bincount(yv, minlength=n).max()) / len(yv)
    return 1 - wrong / max(base, TINY)


def _nearest_skill(x: Tensor, y: Tensor, xv: Tensor, yv: Tensor) -> float:
    """How well a column predicts by the nearest training rows along it: a bin may straddle what
    parts two classes, these hardly do."""
    if y.is_floating_point():
        return -math.inf
    n = int(max(int(y.max()), int(yv.max()))) + 1
    order = x.argsort()
    votes = torch.nn.functional.one_hot(y[order], n).cumsum(dim=0)
    votes = torch.cat([votes.new_zeros(1, n), votes])
    at = torch.searchsorted(x[order].contiguous(), xv.contiguous())
    near = votes[(at + 2).clamp(max=len(x))] - votes[(at - 2).clamp(min=0)]
    return float(_classes_skill(near.argmax(dim=1), yv, n))
