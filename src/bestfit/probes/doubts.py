"""Training rows whose target hardly anything else supports."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .neighbours import NEIGHBOURS, SOME
from .rows import columns_of, standardised

__all__ = ["bent", "contradicted_rows", "doubtful_rows"]

FOLDS, VOTERS = 5, 25
ROUNDS = 2  # in which others speak with the class that they were given in the one before
WIDTH = 300
MOST = 6_000  # rows
RIDGE = 0.1


def doubtful_rows(inputs: Sequence[Tensor], y: Tensor) -> list[int]:
    """Rows whose class nearly none of their neighbours has, or whose number lies far off theirs."""
    columns = columns_of(inputs[0])
    if columns is None:
        return []
    x = standardised(columns, columns)
    found: list[int] = []
    for start in range(0, len(x), SOME):
        near = torch.cdist(x[start : start + SOME], x)
        own = torch.arange(start, min(len(x), start + SOME))
        near[own - start, own] = math.inf
        index = near.topk(min(NEIGHBOURS, len(x) - 1), largest=False).indices
        if y.is_floating_point():
            rest = (y[own] - y[index].median(dim=1).values).abs().amax(dim=1)
            far = rest > 4 * 1.4826 * rest.median()
        else:
            agree = (y[index] == y[own].unsqueeze(1)).float().mean(dim=1)
            strongest = (
                (y[index] == torch.mode(y[index], dim=1).values.unsqueeze(1)).float().mean(1)
            )
            far = (agree <= 0.2) & (strongest >= 0.5)
        found += own[far].tolist()
    return found


@torch.no_grad()
def contradicted_rows(inputs: Sequence[Tensor], y: Tensor) -> dict[int, int]:
    """Rows whose class all others hold for far less likely than another, and which that is.

    Northcutt, Jiang and Chuang, "Confident Learning", JAIR 2021, with ridge on random features and
    the votes of neighbours.
    """
    columns = columns_of(inputs[0])
    if columns is None or y.is_floating_point() or len(y) < 10 * FOLDS or len(y) > MOST:
        return {}
    x = standardised(columns, columns)
    features, best = bent(x.clamp(-5, 5).double()), y
    for _ in range(ROUNDS):
        target = torch.nn.functional.one_hot(best, int(y.max()) + 1).double()
        shares = _out_of_fold(features, target) + _votes(x, target)
        sure = shares.amax(dim=1) - shares[torch.arange(len(y)), y] > 0.1
        best = torch.where(sure, shares.argmax(dim=1), y)
    return {int(i): int(best[i]) for i in (best != y).nonzero()[:, 0]}


def _out_of_fold(x: Tensor, target: Tensor) -> Tensor:
    """(N, C) by a ridge that has not seen the row."""
    fold = torch.randperm(len(x), generator=torch.Generator().manual_seed(0)) % FOLDS
    shares, eye = torch.zeros_like(target), RIDGE * torch.eye(x.shape[1], dtype=x.dtype)
    for f in range(FOLDS):
        rest = fold != f
        a, b = x[rest], target[rest]
        weights = torch.linalg.solve(a.T @ a / len(a) + eye, a.T @ b / len(a))
        shares[~rest] = x[~rest] @ weights
    return shares


def _votes(x: Tensor, target: Tensor) -> Tensor:
    """(N, C) shares of the classes among the nearest other rows."""
    shares = torch.zeros_like(target)
    for start in range(0, len(x), SOME):
        near = torch.cdist(x[start : start + SOME], x)
        own = torch.arange(start, min(len(x), start + SOME))
        near[own - start, own] = math.inf
        index = near.topk(min(VOTERS, len(x) - 1), largest=False).indices
        shares[own] = target[index].mean(dim=1)
    return shares


def bent(x: Tensor) -> Tensor:
    """(N, F) → (N, F + 1 + 300): the columns, a constant, and random ReLU features of them."""
    random = torch.Generator().manual_seed(0)
    w = torch.randn(x.shape[1], WIDTH, generator=random, dtype=x.dtype) / x.shape[1] ** 0.5
    b = torch.randn(WIDTH, generator=random, dtype=x.dtype)
    ones = torch.ones(len(x), 1, dtype=x.dtype)
    return torch.cat([x, ones, (x @ w * 1.5 + b).relu()], dim=1)
