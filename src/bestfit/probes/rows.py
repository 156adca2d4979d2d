"""What rows look like to a network: scales, gaps, copies, shifts, noise. Numbers only."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from .neighbours import TINY, facts_of_neighbours
from .single import channel_alone, column_alone
from .spread import spread_of

__all__ = [
    "Part", "columns_of", "counted_at", "counts_of", "facts_of_rows", "hashes_of", "standard_of",
    "standardised", "told_by",
]  # fmt: skip

COLUMNS = 400
PLACES = 12  # of names, at most, that are counted apart
FEWEST = 20  # rows
HASHED = 100_000
FAR = 8.0  # robust standard deviations: an outlier


class Part(NamedTuple):
    """Rows of one part: inputs (N, …) each, and the target, (N,) classes or (N, T) numbers."""

    inputs: Sequence[Tensor]
    target: Tensor

    @property
    def classes(self) -> bool:
        """Whether the target is a class."""
        return not self.target.is_floating_point()


@torch.no_grad()
def facts_of_rows(train: Part, valid: Part, *, deep: bool = True) -> dict[str, float]:
    """Everything that is looked for in rows, by name; what does not apply is absent.

    Args:
        train: the rows that teach.
        valid: the rows that choose.
        deep: whether copies and neighbours are looked for, which takes a moment.
    """
    train, valid = (
        Part([x.cpu() for x in part.inputs], part.target.cpu()) for part in (train, valid)
    )
    facts = _gaps(train, valid)
    x, xv = (columns_of(part.inputs[0]) for part in (train, valid))
    facts |= _target_facts(train, valid)
    if min(len(train.target), len(valid.target)) < FEWEST:
        return facts
    if x is None or xv is None:
        return facts | _facts_of_names(train, valid) if deep else facts
    if facts["bad_inputs"] or facts["bad_inputs_valid"]:
        x, xv = x.nan_to_num(0, 0, 0), xv.nan_to_num(0, 0, 0)
    facts |= _scales(x)
    facts |= {
        "table": float(train.inputs[0].dim() == 2),
        "pictures": float(train.inputs[0].dim() == 4),
    }
    if not deep:
        return facts
    facts |= _shifts(x, xv, alike=train.inputs[0].dim() > 2)
    x, xv = standardised(x, x), standardised(xv, x)
    facts |= _copies(train, valid, x) | column_alone(x, train.target, xv, valid.target)
    facts["single_column"] = float(_picked(train.inputs[0][0].numel())[int(facts["single_column"])])
    facts |= channel_alone(train.inputs[0], train.target, valid.inputs[0], valid.target)
    return facts | facts_of_neighbours(x, train.target, xv, valid.target)


def _facts_of_names(train: Part, valid: Part) -> dict[str, float]:
    """Copies, of few names by nature as often as within the training rows; what one name tells; and
    what rows with the same names say of a row."""
    x, xv = (counts_of(part.inputs[0]) for part in (train, valid))
    x, xv = standardised(x, x), standardised(xv, x)
    rest = (x, train.target, xv, valid.target)
    noise = {k: v for k, v in facts_of_neighbours(*rest).items() if k.startswith("noise")}
    names = train.inputs[0].reshape(len(train.target), -1)
    facts = _copies(train, valid, names) | column_alone(*rest) | noise
    return facts | {"distinct": 0.0, "columns": float(x.shape[1]), "names": 1.0}


def told_by(x: Tensor) -> Tensor:
    """(N, ≤ 400) what rows hold as numbers, be it of names how often each occurs."""
    columns = columns_of(x)
    return counts_of(x) if columns is None else columns


def counts_of(x: Tensor) -> Tensor:
    """(N, 400) how often each name of a thing stands in a row, in few places in each of them; names
    that are many share a column."""
    columns = counted_at(x).cpu()
    counts = torch.zeros(len(columns), COLUMNS)
    return counts.scatter_add_(1, columns, torch.ones(columns.shape))


def counted_at(x: Tensor) -> Tensor:
    """(N, T) the column in which each name of a row is counted."""
    names = x.reshape(len(x), -1).long()
    if names.shape[1] <= PLACES:
        names = names * names.shape[1] + torch.arange(names.shape[1], device=x.device)
    return names % COLUMNS


def columns_of(x: Tensor) -> Tensor | None:
    """(N, ≤ 400) what the rows hold as numbers; None where they hold names of things."""
    if not x.is_floating_point() and x.dtype != torch.uint8:
        return None
    flat = (x.flatten(1) if x.dim() > 1 else x.unsqueeze(1)).float().cpu()
    return flat if flat.shape[1] <= COLUMNS else flat[:, _picked(flat.shape[1])]


def _picked(width: int) -> Tensor:
    """Columns of a wide row that are looked at, evenly from first to last."""
    return torch.linspace(0, width - 1, min(width, COLUMNS)).long()


def _gaps(train: Part, valid: Part) -> dict[str, float]:
    found = {}
    for end, part in (("", train), ("_valid", valid)):
        floats = [x for x in part.inputs if x.is_floating_point()]
        found[f"bad_inputs{end}"] = float(sum(int((~x.isfinite()).sum()) for x in floats))
        bad = 0 if part.classes else int((~part.target.isfinite()).flatten(1).any(dim=1).sum())
        found[f"bad_targets{end}"] = float(bad)
    found["n"], found["n_valid"] = float(len(train.target)), float(len(valid.target))
    return found


def _scales(x: Tensor) -> dict[str, float]:
    """Size of the columns that are neither constant nor of two values."""
    low, high = x.amin(dim=0), x.amax(dim=0)
    spread = spread_of(x)
    two = ((x == low) | (x == high)).all(dim=0)
    real = (spread > 0) & ~(two & (high.abs() <= 1) & (low.abs() <= 1))
    if not bool(real.any()):
        return {"scale_high": 1.0, "scale_low": 1.0, "offset": 0.0, "columns": float(x.shape[1])}
    size = x[:, real].square().mean(dim=0).sqrt()
    mean = x[:, real].mean(dim=0).abs()
    offset = torch.where(mean > 1.5, mean / spread[real].clamp(min=TINY), torch.zeros(()))
    return {
        "scale_high": float(size.max()),
        "scale_low": float(spread[real].max()),
        "scale_least": float(spread[real].min()),
        "offset": float(offset.max()),
        "columns": float(x.shape[1]),
    }


def standardised(x: Tensor, like: Tensor) -> Tensor:
    """Columns of one size, but for those that hardly ever vary."""
    spread = spread_of(like)
    real = spread[spread > TINY]
    least = 0.1 * float(real.median()) if len(real) else 1.0
    rare = (like == like.median(dim=0).values).float().mean(dim=0) > 0.9
    spread = torch.where(rare, spread.clamp(min=least), spread)
    return (x - like.mean(dim=0)) / spread.where(spread > TINY, torch.ones(()))


def _shifts(x: Tensor, xv: Tensor, *, alike: bool) -> dict[str, float]:
    """The largest difference of a column between the parts, and how surely it is one; among columns
    of one unit, which are ``alike``, some that hardly vary say nothing."""
    n, nv = len(x), len(xv)
    some = x[:16_000]
    low, high = some.quantile(torch.tensor([0.02, 0.98]).to(some), dim=0)
    width = high - low
    varied = width > 1e-9 * some.abs().amax(dim=0).clamp(min=TINY)
    if alike:
        varied &= width > 0.01 * width.max()
    if not bool(varied.any()):
        return {}
    x, xv, low, high = x[:, varied], xv[:, varied], low[varied], high[varied]
    bound = 4 * width[varied]
    t, v = (torch.minimum(torch.maximum(p, low - bound), high + bound) for p in (x, xv))
    std, std_v = spread_of(t), spread_of(v)
    real = std > 1e-6 * t.abs().mean(dim=0).clamp(min=TINY)
    if not bool(real.any()):
        return {}
    std, std_v = std[real].clamp(min=TINY), std_v[real].clamp(min=TINY)
    mean = (t.mean(dim=0) - v.mean(dim=0))[real].abs() / std
    ratio = (std_v / std).log().abs()
    error = math.sqrt(1 / n + 1 / nv)
    fourth = ((t[:, real] - t[:, real].mean(dim=0)) / std).pow(4).mean(dim=0)
    ratio_error = ((fourth - 1).clamp(min=0.5) * (1 / n + 1 / nv) / 4).sqrt()
    moved = (mean / error).clamp(max=1e6)
    stretched = (ratio / ratio_error).clamp(max=1e6)
    sure = torch.maximum(moved, stretched)
    return {
        "shift_mean": float(mean.max()),
        "shift_ratio": float(ratio.max().exp()),
        "shift_sure": float(sure.max()),
        "shift_sure_mean": float(moved.max()),
        "shift_sure_ratio": float(stretched.max()),
        "shift_columns": float((sure > 6).float().mean()),
    }


def _target_facts(train: Part, valid: Part) -> dict[str, float]:
    y, yv = train.target, valid.target
    if train.classes:
        n = int(max(int(y.max()), int(yv.max()) if len(yv) else 0)) + 1
        share = torch.bincount(y, minlength=n).float() / len(y)
        share_v = torch.bincount(yv, minlength=n).float() / max(1, len(yv))
        held = share[share > 0]
        p = (share * len(y) + share_v * len(yv)) / (len(y) + len(yv))
        error = (p * (1 - p) * (1 / len(y) + 1 / max(1, len(yv)))).sqrt().clamp(min=TINY)
        return {
            "classes": float((share > 0).sum()),
            "rarest": float(held.min()),
            "new_classes": float(((share == 0) & (share_v > 0)).sum()),
            "class_shift": float((share - share_v).abs().max()),
            "class_shift_sure": float(((share - share_v).abs() / error).max()),
        }
    y, yv = y[y.isfinite().all(dim=1)].double(), yv[yv.isfinite().all(dim=1)].double()
    if len(y) < 2 or len(yv) < 2:
        return {}
    middle = y.median(dim=0).values
    mad = 1.4826 * (y - middle).abs().median(dim=0).values
    mad = mad.where(mad > 0, y.std(dim=0)).clamp(min=TINY)
    z, zv = ((part - middle).abs() / mad for part in (y, yv))
    within = (z <= FAR).all(dim=1)
    return {
        "y_mean": float(y.mean(dim=0).abs().max()),
        "y_spread": float(y.std(dim=0).max()),
        "y_core": float(y[within].std(dim=0).max()) if int(within.sum()) > 1 else 0.0,
        "y_low": float(y.min()),
        "y_high": float(y.max()),
        "outliers": float((~within).float().mean()),
        "outliers_valid": float((zv > FAR).any(dim=1).float().mean()),
    }


def _copies(train: Part, valid: Part, x: Tensor) -> dict[str, float]:
    """Validation rows that stand among the training rows, exactly or almost."""
    kept, kept_v = (hashes_of(part) for part in (train, valid))
    known = set(kept)
    copied = sum(h in known for h in kept_v) / max(1, len(kept_v))
    twice = 1 - len(known) / max(1, len(kept))
    distinct = max(
        (float(len(torch.unique(column)) / max(1, len(known))) for column in x[:, :20].T),
        default=0.0,
    )
    return {"copied": copied, "copied_within": twice, "distinct": min(1.0, distinct)}


def hashes_of(part: Part) -> list[int]:
    """A number for each of the first rows, the same for rows that are equal to the bit."""
    arrays = [x[:HASHED].contiguous().cpu().numpy() for x in part.inputs]
    return [hash(b"".join(a[i].tobytes() for a in arrays)) for i in range(len(arrays[0]))]


def standard_of(x: Tensor, channels: int = 2) -> tuple[Tensor, Tensor]:
    """Mean and spread of what stands in the same place of rows; of each channel in pictures and
    sequences.

    Args:
        x: (N, …).
        channels: the axis along which they stand in sequences, 1 or 2.
    Returns:
        both as (1, …): subtract the first and divide by the second.
    """
    numbers = x.float()
    over = (0, *range(2, x.dim())) if x.dim() >= 4 else (0, 3 - channels) if x.dim() == 3 else (0,)
    ok = numbers.isfinite()
    n = ok.sum(dim=over, keepdim=True).clamp(min=1)
    filled = numbers.where(ok, torch.zeros(()))
    mean = filled.sum(dim=over, keepdim=True) / n
    spread = (
        (numbers - mean).where(ok, torch.zeros(())).square().sum(over, keepdim=True) / n
    ).sqrt()
    return mean, spread.where(spread > TINY, torch.ones(()))
