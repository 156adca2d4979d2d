"""What the nearest rows say of a row: how far they are, and whether they agree with its target."""

import math

import torch
from torch import Tensor

__all__ = [
    "AMONG",
    "NEIGHBOURS",
    "SOME",
    "TINY",
    "facts_of_neighbours",
    "noise_of_votes",
    "skill_of_neighbours",
]

SOME = 600  # rows whose neighbours are looked for
AMONG = 3_000  # rows among which neighbours are looked for
NEIGHBOURS = 10
MIN_BLIND_CLASSES, MIN_WRONG = 4, 30
MEDIAN_ERROR = 1.17  # standard error of the median size of N normal numbers, times √N, against it
TINY = 1e-12


def facts_of_neighbours(x: Tensor, y: Tensor, xv: Tensor, yv: Tensor) -> dict[str, float]:
    """Errors of the vote of neighbours: of training rows among each other, and of new rows."""
    random = torch.Generator().manual_seed(0)
    among = torch.randperm(len(x), generator=random)[:AMONG]
    base, target = x[among], y[among]
    some, new = torch.arange(min(SOME, len(base))), torch.arange(min(SOME, len(xv)))
    near = torch.cdist(base[some], base)
    near[some, some] = math.inf
    apart, index = near.topk(min(NEIGHBOURS, len(base) - 1), largest=False)
    apart_v, index_v = torch.cdist(xv[new], base).topk(min(NEIGHBOURS, len(base)), largest=False)
    usual = float(apart[:, 0].median())
    found = {
        "near": float((apart_v[:, 0] < 0.1 * usual).float().mean()),
        "near_within": float((apart[:, 0] < 0.1 * usual).float().mean()),
        "distance": float(apart_v[:, 0].median()) / max(usual, TINY),
    }
    if y.is_floating_point():
        rest, rest_v = target[some] - target[index].mean(1), yv[new] - target[index_v].mean(1)
        # Medians: outliers are another matter.
        error, error_v = (float(r.abs().median()) for r in (rest, rest_v))
        spread = MEDIAN_ERROR * math.hypot(error / len(rest) ** 0.5, error_v / len(rest_v) ** 0.5)
        sure = (error - error_v) / max(spread, TINY)
        return found | {"noise": error, "noise_valid": error_v, "noise_sure": sure}
    wrong, wrong_v = (
        (torch.mode(target[i], dim=1).values != t).float()
        for i, t in ((index, target[some]), (index_v, yv[new]))
    )
    return found | noise_of_votes(wrong, wrong_v) | _blind(target[index], target[some])


def skill_of_neighbours(x: Tensor, y: Tensor, xv: Tensor, yv: Tensor) -> float:
    """How well the vote of neighbours predicts new rows: 1 for perfect, 0 for a constant answer."""
    x, xv, yv = x[:AMONG], xv[:SOME], yv[:SOME]
    votes = y[torch.cdist(xv, x).topk(min(NEIGHBOURS, len(x)), largest=False).indices]
    if y.is_floating_point():
        missed, base = (yv - votes.mean(dim=1)).square().mean(), yv.var(dim=0).mean()
    else:
        missed = (torch.mode(votes, dim=1).values != yv).float().mean()
        base = 1 - torch.bincount(yv).max() / len(yv)
    return float(1 - missed / base.clamp(min=TINY))


def noise_of_votes(wrong: Tensor, wrong_v: Tensor) -> dict[str, float]:
    """The share of training rows and of new ones whose class others get wrong, and how surely that
    is more; from (N,) and (V,) of 0 and 1."""
    e, ev = float(wrong.mean()), float(wrong_v.mean())
    spread = math.sqrt(e * (1 - e) / len(wrong) + ev * (1 - ev) / len(wrong_v) + TINY)
    return {"noise": e, "noise_valid": ev, "noise_sure": (e - ev) / spread}


def _blind(votes: Tensor, y: Tensor) -> dict[str, float]:
    """Whether classes that neighbours contradict look drawn blindly.

    Where classes overlap, neighbours of a contradicted row are of several classes. Where a class
    was drawn blindly, they agree as well as anywhere.

    Args:
        votes: (N, K) classes of the neighbours.
        y: (N,) the row's own.
    Returns:
        ``noise_apart``, how much neighbours of contradicted rows agree, against those of others.
    """
    n = int(max(int(votes.max()), int(y.max()))) + 1
    shares = torch.nn.functional.one_hot(votes, n).float().mean(dim=1)
    agree, said = shares.max(dim=1)
    wrong = said != y
    if n < MIN_BLIND_CLASSES or int(wrong.sum()) < MIN_WRONG or bool(wrong.all()):
        return {}
    return {"noise_apart": float(agree[wrong].mean() / agree[~wrong].mean())}
