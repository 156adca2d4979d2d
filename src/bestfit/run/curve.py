"""Would more rows help? The same network on nested shares of the training rows, side by side."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..bundle import apply_temperature, temperature
from ..config import RunConfig, digest
from ..losses import Loss
from ..rng import stream
from ..training import outputs
from .events import Clock
from .fit import Fit, Settings
from .look import Look
from .populate import Members, build_plan, device_of, fresh_state, rows_of
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
    n_steps: int,
    folder: Path | None = None,
) -> list[dict[str, Any]]:
    """The metric on training and validation rows when learning from an eighth … all of the rows.

    One member a share, all with the central settings, in one population: each draws its batches
    from its own rows. It trains for half the steps of the run.

    Args:
        config: of the run.
        encoded: the rows.
        parts: the rows.
        look: at the validation rows.
        chosen_loss: of the run.
        clock: hears of it.
        n_steps: of the run.
        folder: for checkpoints; None keeps none.
    """
    central = replace(config.optimizer, spread=1.0, also=())
    model = replace(config.model, members=len(SHARES), activation_spread=1.0, embedding_spread=1.0)
    small = replace(config, model=model, optimizer=central)
    members = Members(small, 0)
    members.dropout[:] = members.dropout[0]
    rows = rows_of(encoded, "train", device_of(config))
    shares = pools(len(rows), config.training.seed)
    n_steps = max(1, n_steps // 2)
    plan = build_plan(small, chosen_loss, len(rows), n_steps)
    sampler = replace(plan.sampler, pools=shares)
    plan = replace(plan, sampler=sampler, validate_every=max(1, n_steps // 10))
    state = fresh_state(small, encoded, members, parts.target, n_steps)
    identity = {"data": parts.data_digest, "config": digest(config)}
    settings = Settings(patience=n_steps, folder=folder, identity=identity)
    fitting = Fit(state, plan, rows, encoded.y["train"], look, settings)
    fitting.run(Clock(lambda event: clock.say("curve", "more rows?", event.fraction)))
    fitting.history.close()
    return _points(fitting, shares, encoded)


def pools(n_rows: int, seed: int) -> tuple[np.ndarray, ...]:
    """The rows of each share, ascending; every share holds the smaller ones."""
    place = stream(seed, "curve").permutation(n_rows) / n_rows
    return tuple(np.flatnonzero(place < share) for share in SHARES)


def _points(fitting: Fit, shares: tuple[np.ndarray, ...], encoded: Encoded) -> list[dict[str, Any]]:
    look, best = fitting.look, fitting.best
    seen_valid = look.predictions(best.outputs)
    with torch.no_grad():
        for name, parameter in fitting.state.population.named_parameters():
            parameter.copy_(best.weights[name])
    points = []
    for j, share in enumerate(shares):
        own = share[:SEEN]
        seen = fitting.rows.take(torch.from_numpy(own).to(fitting.rows.device))
        raw = outputs(fitting.state.population, seen)[j : j + 1].cpu().numpy()
        train, valid = look.predictions(raw)[0], seen_valid[j]
        if look.target.classes:  # as the model itself: calibrated on validation rows
            t = temperature(valid, look.y)
            train, valid = apply_temperature(train, t), apply_temperature(valid, t)
        points.append(
            {
                "rows": len(share),
                "train": finite(look.metric.score(train, encoded.y["train"][own])),
                "valid": finite(look.score(valid)),
            }
        )
    return points
