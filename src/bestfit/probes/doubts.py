"""Training rows whose target hardly anything else supports."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .rows import NEIGHBOURS, SOME, columns_of, standardised

__all__ = ["bent", "contradicted_rows", "doubtful_rows"]

FOLDS = 5
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
def contradicted_rows(inputs: Sequence[Tensor], y: Tensor) -> list[int]:
    """Rows whose class a simple model of all other folds holds for far less likely than another.

    Northcutt, Jiang and Chuang, "Confident Learning", JAIR 2021, with ridge on random features.
    """
    columns = columns_of(inputs[0])
    if columns is None or y.is_floating_point() or len(y) < 10 * FOLDS or len(y) > MOST:
        return []
    x = bent(standardised(columns, columns).clamp(-5, 5).double())
    classes = int(y.max()) + 1
    target = torch.nn.functional.one_hot(y, classes).double()
    fold = torch.randperm(len(y), generator=torch.Generator().manual_seed(0)) % FOLDS
    shares = torch.zeros_like(target)
    eye = RIDGE * torch.eye(x.shape[1], dtype=x.dtype)
    for f in range(FOLDS):
        rest = fold != f
        a, b = x[rest], target[rest]
        weights = torch.linalg.solve(a.T @ a / len(a) + eye, a.T @ b / len(a))
        shares[~rest] = x[~rest] @ weights
    own = shares[torch.arange(len(y)), y]
    wrong = (shares.argmax(dim=1) != y) & (shares.amax(dim=1) - own > 0.05)
    return [int(i) for i in wrong.nonzero()[:, 0]]


def bent(x: Tensor) -> Tensor:
    """(N, F) → (N, F + 1 + 300): the columns, a constant, and random ReLU features of them."""
    random = torch.Generator().manual_seed(0)
    w = torch.randn(x.shape[1], WIDTH, generator=random, dtype=x.dtype) / x.shape[1] ** 0.5
    b = torch.randn(WIDTH, generator=random, dtype=x.dtype)
    ones = torch.ones(len(x), 1, dtype=x.dtype)
    return torch.cat([x, ones, (x @ w * 1.5 + b).relu()], dim=1)
