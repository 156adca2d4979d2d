"""Would more rows help? The same network on nested shares of the training rows, side by side."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ..bundle import apply_temperature, temperature
from ..config import RunConfig
from ..losses import Loss
from ..rng import stream
from ..training import outputs
from .events import Clock
from .fit import Fit, Look
from .populate import Members, build_members, build_plan, device_of, fresh_state, rows_of
from .records import finite
from .rows import Encoded, Parts

__all__ = ["SHARES", "learning_curve"]

SHARES = (0.125, 0.25, 0.5, 1.0)
SEEN = 5_000  # training rows that the training score is measured on


def learning_curve(
    config: RunConfig,
    encoded: Encoded,
    parts: Parts,
    look: Look,
    chosen_loss: Loss,
    clock: Clock,
) -> list[dict[str, Any]]:
    """The metric on training and validation rows when learning from an eighth … all of the rows.

    One member a share, all with the central settings, in one population: each counts only its
    own rows of every batch. It trains for half the steps of the run.
    """
    k = len(SHARES)
    small = replace(config, model=replace(config.model, members=k))
    members = Members(replace(small, optimizer=replace(small.optimizer, spread=1.0)), 0)
    members.dropout[:] = members.dropout[0]
    device = device_of(config)
    rows = rows_of(encoded, "train", device)
    place = stream(config.training.seed, "curve").permutation(len(rows)) / len(rows)
    weight = np.stack([place < share for share in SHARES]).astype(np.float32)
    weighted = replace(rows, weight=torch.from_numpy(weight).to(device))
    full = build_plan(config, chosen_loss, len(rows), None)
    plan = build_plan(config, chosen_loss, len(rows), max(1, full.n_steps // 2))
    plan = replace(plan, validate_every=max(1, plan.n_steps // 10))
    state = fresh_state(small, encoded, build_members(small, members), members, parts.target)
    fitting = Fit(state, plan, weighted, look, patience=plan.n_steps)
    fitting.run(Clock(lambda event: clock.say("curve", "more rows?", event.fraction)))
    return _points(fitting, weight, encoded)


def _points(fitting: Fit, weight: np.ndarray, encoded: Encoded) -> list[dict[str, Any]]:
    look, best = fitting.look, fitting.best
    seen_valid = look.predictions(best.outputs)
    with torch.no_grad():
        for name, parameter in fitting.state.population.named_parameters():
            parameter.copy_(best.weights[name])
    points = []
    for j, share in enumerate(weight):
        own = np.flatnonzero(share)[:SEEN]
        seen = fitting.rows.take(torch.from_numpy(own).to(fitting.rows.dense.device))
        raw = outputs(fitting.state.population, seen)[j : j + 1].cpu().numpy()
        train, valid = look.predictions(raw)[0], seen_valid[j]
        if look.target.classes:  # as the model itself: calibrated on validation rows
            t = temperature(valid, look.y)
            train, valid = apply_temperature(train, t), apply_temperature(valid, t)
        points.append(
            {
                "rows": int(share.sum()),
                "train": finite(look.metric.score(train, encoded.y["train"][own])),
                "valid": finite(look.score(valid)),
            }
        )
    return points
