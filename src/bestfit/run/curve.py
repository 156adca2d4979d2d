"""Would more rows help? The same network on nested shares of the training rows, side by side."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ..bundle import apply_temperature, temperature
from ..config import RunConfig
from ..rng import stream
from ..training import Plan, outputs
from .events import Clock
from .fit import Fit, Settings
from .material import Material
from .populate import Ends, Members, build_plan, fresh_state
from .records import finite
from .sizes import kind_of

__all__ = [
    "CURVE_LOOKS",
    "SHARES",
    "curve_config",
    "curve_members",
    "curve_plan",
    "curve_share",
    "learning_curve",
]

SHARES = (0.125, 0.25, 0.5, 1.0)
CURVE_LOOKS = 10
SEEN = 5_000  # training rows that the training score is measured on


def learning_curve(
    config: RunConfig,
    material: Material,
    ends: Ends,
    clock: Clock,
    n_steps: int,
    settings: Settings,
) -> list[dict[str, Any]]:
    """The metric on training and validation rows when learning from an eighth … all of the rows.

    One member a share, all with the central settings, in one population: each draws its batches
    from its own rows. It trains for half the steps of the run, or fewer beside few members.

    Args:
        config: of the run.
        material: rows, look and loss.
        ends: of the networks.
        clock: hears of it.
        n_steps: of the run.
        settings: where checkpoints lie.
    """
    if not curve_share(config):
        return []
    small = curve_config(config)
    n_steps = max(1, int(curve_share(config) * n_steps))
    state = fresh_state(small, curve_members(small), ends, n_steps)
    material = material.in_memory
    fitting = Fit(state, curve_plan(small, material, n_steps), material, settings)
    fitting.run(Clock(lambda event: clock.say("curve", "more rows?", event.fraction)))
    fitting.history.close()
    return _points(fitting)


def curve_plan(config: RunConfig, material: Material, n_steps: int) -> Plan:
    """So many steps, in which each member draws from its own share of the rows."""
    plan = build_plan(config, material.loss, len(material.rows), n_steps)
    place = stream(config.training.seed, "curve").permutation(len(material.rows))
    pools = tuple(np.flatnonzero(place < share * len(place)) for share in SHARES)
    every = max(1, n_steps // CURVE_LOOKS)
    return replace(plan, sampler=replace(plan.sampler, pools=pools), validate_every=every)


def curve_members(config: RunConfig) -> Members:
    """All alike."""
    members = Members(config, 0)
    members.dropout[:] = members.dropout[0]
    return members


def curve_config(config: RunConfig) -> RunConfig:
    """As many members as shares, all with the central settings."""
    central = replace(config.optimizer, spread=1.0, also=())
    model = replace(config.model, members=len(SHARES), activation_spread=1.0, embedding_spread=1.0)
    return replace(config, model=model, optimizer=central)


def curve_share(config: RunConfig) -> float:
    """Steps of the curve for each step of the run: at most a fifth of its work.

    0 where one or two networks for pictures have all the time: what a twentieth of the steps
    teaches would say nothing.
    """
    if kind_of(config.model).pictures and (config.model.members or 1) < len(SHARES):
        return 0.0
    return min(0.5, 0.2 * (config.model.members or 1) / len(SHARES))


def _points(fitting: Fit) -> list[dict[str, Any]]:
    look, best = fitting.look, fitting.best
    seen_valid = look.predictions(best.outputs)
    with torch.no_grad():
        for name, tensor in fitting.state.population.by_member_tensors().items():
            tensor.copy_(best.weights[name])
    points, rows = [], fitting.material.rows
    for j, share in enumerate(fitting.plan.sampler.pools):
        own = share[:SEEN]
        seen = rows.take(torch.from_numpy(own).to(rows.device))
        raw = outputs(fitting.state.population, seen)[j : j + 1].cpu().numpy()
        train, valid = look.predictions(raw)[0], seen_valid[j]
        if look.target.classes:  # as the model itself: calibrated on validation rows
            t = temperature(valid, look.y)
            train, valid = apply_temperature(train, t), apply_temperature(valid, t)
        points.append(
            {
                "rows": len(share),
                "train": finite(look.metric.score(train, fitting.material.y[own])),
                "valid": finite(look.score(valid)),
            }
        )
    return points
