"""How members are judged on validation rows while they train."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from ..batching import Rows
from ..bundle import to_predictions
from ..metrics import Metric
from ..table import Target
from ..training import TrainState, outputs
from ..transforms import TargetScale

__all__ = ["Look", "as_probabilities"]

TEMPERATURES = tuple(2.0 ** (i / 2) for i in range(-2, 7))  # 0.5 … 8


@dataclass(frozen=True)
class Look:
    """How members are judged on validation rows.

    People read the metric; members are chosen by a smooth criterion: the error of a regression,
    the log-loss after the best temperature of a classification. It ranks like the AUC, is far
    less noisy on few rows, and does not punish a member for being too sure of itself, which
    calibration mends (Berta et al., "Rethinking Early Stopping: Refine, Then Calibrate", 2025).

    Args:
        rows: the validation rows.
        y: (N,) their targets, class index or target units; (N, T) of several numbers.
        target: what is predicted.
        metric: decides.
        scale: of a regression's target; None where the network is trained in target units.
        takes: what outputs are for classes: logits, probabilities or numbers.
        by_metric: whether the metric itself chooses, also among probabilities: those of weighted
            classes are no longer shares, so that a log-loss says little of them.
        bounds: least and largest number that answers count as; None bounds nothing.
        given: (C, C) how often each class is given for each, where classes of validation rows may
            be wrong; None where they are taken as they are.
    """

    rows: Rows
    y: np.ndarray
    target: Target
    metric: Metric
    scale: TargetScale | None
    takes: str = "logits"
    by_metric: bool = False
    bounds: tuple[Any, Any] | None = None
    given: Tensor | None = None

    def __call__(self, state: TrainState) -> tuple[np.ndarray, np.ndarray]:
        """(m, N, T) raw outputs and (m, N, …) predictions of the members in training."""
        raw = outputs(state.population, self.rows).cpu().numpy()
        return raw, self.predictions(raw)

    def predictions(self, raw: np.ndarray) -> np.ndarray:
        """Raw outputs (m, N, T) as probabilities (m, N, C), or numbers in target units: (m, N), or
        (m, N, T) of several.
        """
        if not self.target.classes:
            return self._numbers(raw)
        if self.target.classes and self.takes in ("probabilities", "numbers"):
            return as_probabilities(raw.astype(np.float64))
        return to_predictions(raw.astype(np.float64), self.target, self.scale)

    def _numbers(self, raw: np.ndarray) -> np.ndarray:
        raw = raw.astype(np.float64)
        told = raw if self.scale is None else self.scale.back(raw)
        return self.bounded(told[..., 0] if told.shape[2] == 1 else told)

    def bounded(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers within the bounds, if there are any."""
        return numbers if self.bounds is None else np.clip(numbers, *self.bounds)

    def score(self, prediction: np.ndarray) -> float:
        """The metric of one prediction (N, …)."""
        return self.judge(prediction, self.y)

    def judge(self, prediction: np.ndarray, y: np.ndarray) -> float:
        """The metric of a prediction (N, …) of any rows; numbers of a row count apart."""
        if y.ndim == 2:
            prediction, y = prediction.reshape(-1), y.reshape(-1)
        return self.metric.score(prediction, y)

    def criterion(self, predictions: np.ndarray) -> np.ndarray:
        """(m,) how good each of m predictions (m, N, …) is; higher is better, never NaN."""
        if not self.target.classes or self.by_metric:
            value = np.array([self.score(p) for p in predictions])
            value = value if self.metric.higher_is_better else -value
        else:
            y = torch.from_numpy(self.y)
            value = -np.min([refined_loss(p, y).numpy() for p in self._told(predictions)], axis=0)
        return np.where(np.isfinite(value), value, -np.inf)

    def losses(self, prediction: np.ndarray) -> np.ndarray:
        """(N,) the log-loss of each row of one prediction (N, C), as the criterion takes it."""
        y = torch.from_numpy(self.y)
        rows = (refined_rows(p, y) for p in self._told(prediction))
        return min(rows, key=lambda r: float(r.mean())).double().numpy()

    def _told(self, predictions: np.ndarray) -> list[Tensor]:
        """What predictions (…, C) say of the classes that are given: those, or others for them."""
        p = torch.from_numpy(predictions)
        return [p] if self.given is None else [p, p.double() @ self.given]

    @cached_property
    def ignorance(self) -> float:
        """The criterion of the best constant answer: whoever is below has learnt nothing."""
        if not self.target.classes:
            answer = np.broadcast_to(self.y.mean(axis=0), (1, *self.y.shape))
        else:
            share = np.bincount(self.y, minlength=len(self.target.classes)) / len(self.y)
            answer = np.tile(share, (1, len(self.y), 1))
        return float(self.criterion(answer)[0])


def as_probabilities(raw: np.ndarray) -> np.ndarray:
    """Outputs (…, N, T) that mean shares as probabilities (…, N, C); one output is class 1's."""
    p = np.clip(np.nan_to_num(raw, nan=0.5), 1e-6, 1.0)
    if p.shape[-1] == 1:
        p = np.clip(p, 1e-6, 1 - 1e-6)
        p = np.concatenate([1 - p, p], axis=-1)
    return np.asarray(p / p.sum(axis=-1, keepdims=True))


def refined_loss(probabilities: Tensor, y: Tensor) -> Tensor:
    """The log-loss of each of m predictions after the best of nine temperatures.

    Args:
        probabilities: (m, N, C).
        y: (N,) class index.
    Returns:
        (m,), in nats.
    """
    return torch.stack([each.mean(dim=1) for each in _by_temperature(probabilities, y)]).amin(dim=0)


def refined_rows(probabilities: Tensor, y: Tensor) -> Tensor:
    """(N,) the log-loss of each row of one prediction (N, C) after its best temperature."""
    rows = torch.stack([each[0] for each in _by_temperature(probabilities.unsqueeze(0), y)])
    return rows[rows.mean(dim=1).argmin()]


def _by_temperature(probabilities: Tensor, y: Tensor) -> Iterator[Tensor]:
    """(m, N) log-losses at each temperature."""
    log_p = probabilities.clamp(min=1e-12).log().float()
    if log_p.shape[2] == 2:  # the same in closed form, ten times as fast
        wrong = (log_p[..., 1] - log_p[..., 0]) * (1 - 2 * y)
        yield from (softplus(wrong / t) for t in TEMPERATURES)
    else:
        over = log_p - log_p[:, torch.arange(len(y)), y].unsqueeze(2)
        yield from ((over / t).logsumexp(dim=2) for t in TEMPERATURES)
