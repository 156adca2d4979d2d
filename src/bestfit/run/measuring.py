"""What is written down of each look: losses, scores, gradients, weights."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ..batching import Rows, picked
from ..history import Measure
from ..probes import dead_units, gradient_norms, update_ratios, weight_norms
from ..probes.network import PROBED
from ..training import Plan, TrainState, outputs
from .material import Material
from .sizes import LEAST_SEEN, MAX_SEEN, MAX_SEEN_PICTURES

__all__ = ["ENSEMBLE", "Measuring", "most_seen"]

ENSEMBLE = -1  # the member number of measures that are of all members together


def most_seen(rows: Rows) -> int:
    """Training rows that are scored at each look, at most: fewer pictures than other rows."""
    return min(len(rows), MAX_SEEN_PICTURES if rows.pictures else MAX_SEEN)


class Measuring:
    """Measures a population at each look; it changes nothing.

    Args:
        material: rows, and the look at the validation rows.
        plan: of the training.
    """

    def __init__(self, material: Material, plan: Plan) -> None:
        self.look, self.plan, rows = material.look, plan, material.rows
        most = min(most_seen(rows), max(LEAST_SEEN, len(self.look.rows)))
        seen = np.arange(0, len(rows), -(-len(rows) // most))
        self._seen = rows.take(torch.from_numpy(seen).to(rows.device))
        self._seen_y = picked(material.y, seen)

    def __call__(
        self,
        state: TrainState,
        raw: np.ndarray,
        predictions: np.ndarray,
        before: Mapping[str, Tensor],
    ) -> tuple[list[Measure], dict[str, float]]:
        """All measures, and those that people want to hear at once.

        Args:
            state: just after a step.
            raw: (m, N, T) validation outputs.
            predictions: (m, N, …) of the validation rows.
            before: the weight of each layer one step ago; empty if unknown.
        """
        look = self.look
        valid, train = f"valid_{look.metric.name}", f"train_{look.metric.name}"
        own: dict[tuple[str, str], np.ndarray] = {
            ("train_loss", ""): state.mean_loss().cpu().numpy(),
            ("valid_loss", ""): self._loss(torch.from_numpy(raw)),
            (valid, ""): np.array([look.score(p) for p in predictions]),
            **_probed(state, before),
        }
        seen = look.predictions(outputs(state.population, self._seen).cpu().numpy())
        alone = len(predictions) == 1
        ensemble = float(own[valid, ""][0]) if alone else look.score(predictions.mean(axis=0))
        together = {key: float(np.mean(values)) for key, values in own.items()} | {
            (valid, ""): ensemble,
            (train, ""): look.judge(seen.mean(axis=0), self._seen_y),
            ("lr", ""): state.mean_lr(),
            ("members", ""): float(len(state.members)),
        }
        together |= {("dead_units", layer): share for layer, share in self._dead(state).items()}
        step, epoch = state.step, state.step / self.plan.sampler.steps_per_epoch
        measures = [
            Measure(step, epoch, number, *key, float(value))
            for key, values in own.items()
            for number, value in zip(state.numbers, values, strict=True)
        ]
        measures += [Measure(step, epoch, ENSEMBLE, *key, v) for key, v in together.items()]
        news = {"loss": together["valid_loss", ""], look.metric.name: together[valid, ""]}
        return measures, news

    def _dead(self, state: TrainState) -> dict[str, float]:
        """Of the first network that is left, by hidden layer, over rows of training."""
        population = state.population
        hidden = [name for name in population.layers() if name.startswith("blocks.")]
        if not population.packed or not hidden:
            return {}
        rows = self._seen.take(slice(0, PROBED)).encode(population.encode)
        shares = dead_units(population.lift_encoded(0), rows.inputs)
        return dict(zip(hidden, shares, strict=True))

    def _loss(self, raw: Tensor) -> np.ndarray:
        with torch.inference_mode():
            target = self.look.rows.target
            losses = self.plan.loss(raw.to(target.device), target).mean(dim=1)
            return np.asarray(losses.cpu().numpy())


def _probed(state: TrainState, before: Mapping[str, Tensor]) -> dict[tuple[str, str], np.ndarray]:
    """By name and layer, (k,) numbers."""
    layers = state.population.layers()
    found = {
        "grad_norm": gradient_norms(state.population.layer_gradients()),
        "weight_norm": weight_norms(layers),
    }
    if before and all(len(before[name]) == len(w) for name, w in layers.items()):
        found["update_ratio"] = update_ratios(before, layers)
    return {
        (name, layer): values.float().cpu().numpy()
        for name, by_layer in found.items()
        for layer, values in by_layer.items()
    }
