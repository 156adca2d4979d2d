"""Training rows whose target hardly anything else supports."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .neighbours import NEIGHBOURS, SOME
from .rows import standardised, told_by

__all__ = ["LeftOut", "bent", "contradicted_rows", "doubtful_rows"]

VOTERS = 25
ROUNDS, FEW_ROUNDS = 6, 3  # of many classes, and of two, whose mistakes are hard to tell apart
SHARPER, UNLIKELY = 2, 1e-3  # power of likelihoods, and the least of them
WIDTH = 300
LEAST, MOST = 50, 6_000  # rows
RIDGE = 0.1


def doubtful_rows(inputs: Sequence[Tensor], y: Tensor) -> list[int]:
    """Rows whose class nearly none of their neighbours has, or whose number lies far off theirs."""
    columns = told_by(inputs[0])
    near = _nearest(standardised(columns, columns), NEIGHBOURS)
    if y.is_floating_point():
        rest = (y - y[near].median(dim=1).values).abs().amax(dim=1)
        far = rest > 4 * 1.4826 * rest.median()
    else:
        agree = (y[near] == y.unsqueeze(1)).float().mean(dim=1)
        strongest = (y[near] == torch.mode(y[near], dim=1).values.unsqueeze(1)).float().mean(dim=1)
        far = (agree <= 0.2) & (strongest >= 0.5)
    return [int(i) for i in far.nonzero()[:, 0]]


@torch.no_grad()
def contradicted_rows(inputs: Sequence[Tensor], y: Tensor) -> dict[int, int]:
    """Rows whose class is likely to be another than the one given, and which.

    A ridge on random features that was not given the row, and the votes of its neighbours, say how
    likely each class is; how often each is given for each is counted; and both speak with what
    follows for the rows in the next round.

    Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm",
    Applied Statistics 1979.
    """
    columns = told_by(inputs[0])
    if y.is_floating_point() or len(y) < LEAST or len(y) > MOST:
        return {}
    x = standardised(columns, columns)
    features, near = bent(x.clamp(-5, 5).double()), _nearest(x, VOTERS)
    gram = features.T @ features / len(features)
    gram += RIDGE * torch.eye(len(gram), dtype=gram.dtype)
    ridge = LeftOut(features, torch.linalg.cholesky_ex(gram).L)
    given = torch.nn.functional.one_hot(y.cpu()).double()
    share = given
    for n in range(ROUNDS if given.shape[1] > 2 else FEW_ROUNDS):
        shares = ((ridge(share) + share[near].mean(dim=1)) / 2).clamp(min=UNLIKELY)
        seen = shares / shares.sum(dim=1, keepdim=True)
        seen = seen**SHARPER / (seen**SHARPER).sum(dim=1, keepdim=True)
        counts = (share if n else seen).T @ given + 1
        said = counts / counts.sum(dim=1, keepdim=True)
        share = seen * said[:, y.cpu()].T
        share /= share.sum(dim=1, keepdim=True)
    best = share.argmax(dim=1)
    return {int(i): int(best[i]) for i in (best != y.cpu()).nonzero()[:, 0]}


class LeftOut:
    """What a ridge says of each row that was not given it, in closed form.

    Allen, "The relationship between variable selection and data augmentation and a method for
    prediction", Technometrics 1974.

    Args:
        x: (N, F).
        root: (F, F) lower triangle, of the mean of their squares with the ridge added.
    """

    def __init__(self, x: Tensor, root: Tensor) -> None:
        self.x, self.root = x, root
        half = torch.linalg.solve_triangular(root, x.T, upper=False)
        self.pull = (half.square().sum(dim=0) / len(x)).unsqueeze(1)

    def __call__(self, target: Tensor) -> Tensor:
        """(N, T) → (N, T)."""
        centre = target.mean(dim=0)
        rest = target - centre
        told = self.x @ torch.cholesky_solve(self.x.T @ rest / len(rest), self.root)
        left: Tensor = (told - self.pull * rest) / (1 - self.pull).clamp(min=UNLIKELY)
        return left + centre


def _nearest(x: Tensor, most: int) -> Tensor:
    """(N, K) the nearest other rows."""
    found = []
    for start in range(0, len(x), SOME):
        near = torch.cdist(x[start : start + SOME], x)
        own = torch.arange(start, min(len(x), start + SOME))
        near[own - start, own] = math.inf
        found.append(near.topk(min(most, len(x) - 1), largest=False).indices)
    return torch.cat(found)


def bent(x: Tensor) -> Tensor:
    """(N, F) → (N, F + 1 + 300): the columns, a constant, and random ReLU features of them."""
    random = torch.Generator().manual_seed(0)
    w = torch.randn(x.shape[1], WIDTH, generator=random, dtype=x.dtype) / x.shape[1] ** 0.5
    b = torch.randn(WIDTH, generator=random, dtype=x.dtype)
    ones = torch.ones(len(x), 1, dtype=x.dtype)
    return torch.cat([x, ones, (x @ w * 1.5 + b).relu()], dim=1)
