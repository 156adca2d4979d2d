"""Train the population: step, look, keep the best, drop who has stopped, save, and go on."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from ..batching import Rows
from ..bundle import to_predictions
from ..history import History, Measure
from ..metrics import Metric
from ..probes import gradient_norms, update_ratios, weight_norms
from ..table import Target
from ..training import (
    Best,
    Plan,
    Step,
    TrainState,
    load_checkpoint,
    outputs,
    save_checkpoint,
    train,
)
from .events import Clock, StopRequest
from .rows import Encoded

__all__ = ["ENSEMBLE", "Fit", "Look"]

SAVE_EVERY_S = 20.0
MAX_SEEN = 2_000  # training rows that the metric is measured on at each look
TEMPERATURES = tuple(2.0 ** (i / 2) for i in range(-2, 7))  # 0.5 … 8
ENSEMBLE = -1  # the member number of measures that are of all members together


@dataclass(frozen=True)
class Look:
    """How members are judged on validation rows.

    People read the metric; members are chosen by a smooth criterion: the error of a regression,
    the log-loss after the best temperature of a classification. It ranks like the AUC, is far
    less noisy on few rows, and does not punish a member for being too sure of itself, which
    calibration mends (Berta et al., "Rethinking Early Stopping: Refine, Then Calibrate", 2025).

    Args:
        rows: the validation rows.
        y: (N,) their targets, class index or target units.
        target: what is predicted.
        metric: decides.
        encoded: for the target scale.
    """

    rows: Rows
    y: np.ndarray
    target: Target
    metric: Metric
    encoded: Encoded

    def __call__(self, state: TrainState) -> tuple[np.ndarray, np.ndarray]:
        """(m, N, T) raw outputs and (m, N, …) predictions of the members in training."""
        raw = outputs(state.population, self.rows).float().cpu().numpy()
        return raw, self.predictions(raw)

    def predictions(self, raw: np.ndarray) -> np.ndarray:
        """Raw outputs (m, N, T) as probabilities (m, N, C), or numbers (m, N) in target units."""
        return to_predictions(raw.astype(np.float64), self.target, self.encoded.scale)

    def score(self, prediction: np.ndarray) -> float:
        """The metric of one prediction (N, …)."""
        return self.metric.score(prediction, self.y)

    def criterion(self, predictions: np.ndarray) -> np.ndarray:
        """(m,) how good each of m predictions (m, N, …) is; higher is better, never NaN."""
        if not self.target.classes:
            value = np.array([self.metric.score(p, self.y) for p in predictions])
            value = value if self.metric.higher_is_better else -value
        else:
            value = -refined_loss(torch.from_numpy(predictions), torch.from_numpy(self.y)).numpy()
        return np.where(np.isfinite(value), value, -np.inf)


def refined_loss(probabilities: Tensor, y: Tensor) -> Tensor:
    """The log-loss of each of m predictions after the best of nine temperatures.

    Args:
        probabilities: (m, N, C).
        y: (N,) class index.
    Returns:
        (m,), in nats.
    """
    log_p = probabilities.clamp(min=1e-12).log().float()
    if log_p.shape[2] == 2:  # the same in closed form, ten times as fast
        wrong = (log_p[..., 1] - log_p[..., 0]) * (1 - 2 * y)
        losses = [softplus(wrong / t).mean(dim=1) for t in TEMPERATURES]
    else:
        over = log_p - log_p[:, torch.arange(len(y)), y].unsqueeze(2)
        losses = [(over / t).logsumexp(dim=2).mean(dim=1) for t in TEMPERATURES]
    return torch.stack(losses).amin(dim=0)


class Fit:
    """One training on its way: the state, its best, its history, its checkpoint.

    Args:
        state: fresh.
        plan: what to do.
        rows: the training rows.
        look: at the validation rows.
        patience: looks without a better score after which a member is dropped.
        folder: of the attempt; None keeps nothing on disk.
        identity: what must be the same for a checkpoint to be continued.
    """

    def __init__(
        self,
        state: TrainState,
        plan: Plan,
        rows: Rows,
        look: Look,
        *,
        patience: int,
        folder: Path | None = None,
        identity: Mapping[str, Any] | None = None,
    ) -> None:
        self.state, self.plan, self.rows, self.look = state, plan, rows, look
        self.patience, self.folder, self.identity = patience, folder, dict(identity or {})
        self.best = Best.empty(len(state.members))
        self._seen = np.arange(0, len(rows), -(-len(rows) // MAX_SEEN))
        self._seen_rows = rows.take(torch.from_numpy(self._seen).to(rows.dense.device))
        self.history = History(None if folder is None else folder / "history.sqlite")
        self._saved = time.monotonic()
        if folder is not None and load_checkpoint(
            folder / "checkpoint", state, self.best, self.identity
        ):
            self.history.forget_after(state.step)

    def run(self, clock: Clock, stop: StopRequest | None = None) -> None:
        """Take the steps that are left.

        Raises:
            Stopped: a signal came; the state is saved.
        """
        if stop is not None:
            with stop.deferring():
                self._run(clock, stop)
            if stop.number is not None:
                raise stop.error()
        else:
            self._run(clock, None)
        if self.folder is not None:
            self.save()

    def _run(self, clock: Clock, stop: StopRequest | None) -> None:
        before: dict[str, Tensor] = {}
        layers = self.state.population.layers()
        for step in train(self.state, self.plan, self.rows):
            if step.validate:
                self._measure(step, before)
                self._drop_stale()
                layers = self.state.population.layers()
                self._say(clock, step)
                before = {}
            # The step before a look: what it moves is what update_ratio measures.
            elif (step.number + 1) % self.plan.validate_every == 0:
                before = {name: w.detach().clone() for name, w in layers.items()}
            if not before:  # what the next look compares with is not in a checkpoint
                self._save_if_due(stop)

    def _save_if_due(self, stop: StopRequest | None) -> None:
        asked = stop is not None and stop.number is not None
        due = time.monotonic() - self._saved > SAVE_EVERY_S
        if self.folder is not None and (asked or due):
            self.save()
        if asked and stop is not None:
            raise stop.error()

    def save(self) -> None:
        """Write a checkpoint."""
        assert self.folder is not None
        self.history.flush()
        save_checkpoint(self.folder / "checkpoint", self.state, self.best, self.identity)
        self._saved = time.monotonic()

    def _measure(self, step: Step, before: Mapping[str, Tensor]) -> None:
        state, look = self.state, self.look
        raw, predictions = look(state)
        self.best.look(state, look.criterion(predictions), raw)
        scores = [look.score(p) for p in predictions]
        epoch = state.step / self.plan.sampler.steps_per_epoch
        train_loss = state.mean_loss().cpu().numpy()
        valid_loss = self._loss(torch.from_numpy(raw))
        name = f"valid_{look.metric.name}"
        measures: list[tuple[int, str, str, float]] = []
        for i, member in enumerate(state.members):
            measures += [
                (member, "train_loss", "", float(train_loss[i])),
                (member, "valid_loss", "", float(valid_loss[i])),
                (member, name, "", scores[i]),
            ]
        together = look.score(predictions.mean(axis=0))
        seen = look.predictions(outputs(state.population, self._seen_rows).cpu().numpy())
        seen_score = look.metric.score(seen.mean(axis=0), look.encoded.y["train"][self._seen])
        lr = self.state.optimizer.param_groups[0]["lr"]
        measures += [
            (ENSEMBLE, "train_loss", "", float(train_loss.mean())),
            (ENSEMBLE, "valid_loss", "", float(valid_loss.mean())),
            (ENSEMBLE, name, "", together),
            (ENSEMBLE, f"train_{look.metric.name}", "", seen_score),
            (ENSEMBLE, "lr", "", float(lr.mean() if isinstance(lr, Tensor) else lr)),
            (ENSEMBLE, "members", "", float(len(state.members))),
        ]
        layers = state.population.layers()
        probed = {"grad_norm": gradient_norms(layers), "weight_norm": weight_norms(layers)}
        if before and all(len(before[n]) == len(w) for n, w in layers.items()):
            probed["update_ratio"] = update_ratios(before, layers)
        for what, by_layer in probed.items():
            measures += [(ENSEMBLE, what, n, float(v.mean())) for n, v in by_layer.items()]
        self.history.record(Measure(step.number, epoch, *m) for m in measures)
        self._news = {"loss": float(valid_loss.mean()), look.metric.name: together}

    def _loss(self, raw: Tensor) -> np.ndarray:
        with torch.inference_mode():
            target = self.look.rows.target.cpu()
            return self.plan.loss(raw, target).mean(dim=1).numpy()

    def _drop_stale(self) -> None:
        stale = self.best.stale[self.state.members]
        keep = [i for i, s in enumerate(stale) if s < self.patience]
        # Dropping costs a copy of everything, so it is done for a quarter of the members or all.
        if not keep or len(keep) <= 0.75 * len(stale):
            self.state.keep(keep)

    def _say(self, clock: Clock, step: Step) -> None:
        fraction = step.number / self.plan.n_steps
        epoch = step.number / self.plan.sampler.steps_per_epoch
        clock.say(
            "train",
            f"epoch {epoch:.0f}",
            fraction,
            epoch=epoch,
            epochs=self.plan.n_steps / self.plan.sampler.steps_per_epoch,
            members=len(self.state.members),
            **self._news,
        )
