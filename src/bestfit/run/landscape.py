"""Where the weights went: paths through the plane in which they moved most, and its loss."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..losses import Loss
from ..models import Population
from ..training import outputs
from .course import Course
from .material import Material

__all__ = ["landscape"]

SIDE = 25  # points of the plane in each direction
ROWS = 1000
MARGIN = 0.15
AT_ONCE = 64


@torch.no_grad()
def landscape(
    courses: Sequence[Course], network: Population, material: Material, loss: Loss
) -> dict[str, Any] | None:
    """The paths of some networks, seen in the plane of their two main directions.

    Li et al., "Visualizing the Loss Landscape of Neural Nets", NeurIPS 2018, section 7.

    Args:
        courses: with paths, from the same first weights.
        network: ``AT_ONCE`` networks of the same shape; overwritten.
        material: whose training rows the loss is of.
        loss: minimised by all.
    Returns:
        ``paths``, ``xs``, ``ys``, ``loss`` (rows of y) and ``share``, of the movement that the
        plane shows; None where nothing moved.
    """
    usable = [c for c in courses if c.path and bool(torch.stack(c.path).isfinite().all())]
    if not usable:
        return None
    start = usable[0].path[0].double()
    moved = torch.cat([torch.stack(c.path).double() - start for c in usable])
    _, sizes, directions = torch.linalg.svd(moved, full_matrices=False)
    if len(sizes) < 2 or float(sizes[1]) <= 0:
        return None
    plane = directions[:2]
    places = [((torch.stack(c.path).double() - start) @ plane.T).numpy() for c in usable]
    xs, ys = (_range(np.concatenate([p[:, i] for p in places])) for i in range(2))
    points = torch.tensor([(x, y) for y in ys for x in xs], dtype=torch.float64)
    heights = _losses(start + points @ plane, network, material, loss)
    return {
        "share": float((sizes[:2] ** 2).sum() / (sizes**2).sum()),
        "xs": xs.tolist(),
        "ys": ys.tolist(),
        "loss": heights.reshape(SIDE, SIDE).tolist(),
        "paths": [
            {"name": c.arm.name, "points": p.tolist()} for c, p in zip(usable, places, strict=True)
        ],
    }


def _range(values: np.ndarray) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    air = MARGIN * (high - low) or 1.0
    return np.linspace(low - air, high + air, SIDE)


def _losses(weights: Tensor, network: Population, material: Material, loss: Loss) -> np.ndarray:
    """(n,) the training loss at each of n flat weights."""
    rows = material.rows.take(slice(0, ROWS))
    tensors = [p.detach() for p in network.parameters()]
    found = []
    for part in torch.split(weights, AT_ONCE):
        at = 0
        for tensor in tensors:
            size = tensor[0].numel()
            flat = part[:, at : at + size].to(tensor.device, tensor.dtype)
            tensor[: len(part)] = flat.reshape(len(part), *tensor.shape[1:])
            at += size
        raw = outputs(network, rows)[: len(part)]
        found.append(loss(raw, rows.target).mean(dim=1).double().cpu().numpy())
    return np.concatenate(found)
