"""Training rows that stand among the validation rows, too."""

import math

import torch
from torch import Tensor

from .neighbours import SOME
from .rows import Part, columns_of, hashes_of, standardised

__all__ = ["copied_rows", "near_rows"]


def copied_rows(train: Part, valid: Part) -> list[int]:
    """Training rows that are also validation rows."""
    known = set(hashes_of(valid))
    return [i for i, h in enumerate(hashes_of(train)) if h in known]


def near_rows(x: Tensor, xv: Tensor) -> list[int]:
    """Training rows that hardly differ from a validation row."""
    columns, others = columns_of(x), columns_of(xv)
    if columns is None or others is None:
        return []
    base, new = standardised(columns, columns), standardised(others, columns)
    some = base[:SOME]
    apart = torch.cdist(some, base)
    apart[torch.arange(len(some)), torch.arange(len(some))] = math.inf
    usual = float(apart.amin(dim=1).median())
    nearest = torch.cat([torch.cdist(base[i : i + SOME], new).amin(dim=1)
                         for i in range(0, len(base), SOME)])  # fmt: skip
    return [int(i) for i in (nearest < 0.1 * usual).nonzero()[:, 0]]
