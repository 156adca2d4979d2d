"""One training among several: as far as it is asked to go, and how good it is then."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from ..batching import Rows
from ..metrics import paired_difference
from ..models import Own
from ..probes.network import PROBED
from ..repairs import Job
from ..schedules import ReduceOnPlateau
from ..training import Plan, TrainState
from ..transforms import TargetScale
from .events import Clock
from .fit import Fit, Settings
from .look import Look
from .material import Material
from .module_options import member_of, plan_of
from .pairing import value_of

__all__ = ["Gain", "Trial", "compared", "metric_targets"]

DRAWS = 80  # resamples of the rows
FORESIGHT = 0.3  # more is not given up for anything
CONSTANTS = torch.linspace(0.01, 0.99, 29)  # quantiles of the targets
TINY, TRIFLE = 1e-6, 0.01  # targets; of the metric's span
PARTS = 4  # in which a stretch of training is looked at
LOOKS = 24  # at validation rows, at most, of what was treated


@dataclass(frozen=True)
class Gain:
    """How much better one training is than another on the same validation rows.

    Args:
        skill: of the smooth criterion, as a share of what the best constant answer misses.
        sure: standard errors of that.
        metric: the same of the metric.
        metric_sure: standard errors of that.
    """

    skill: float
    sure: float
    metric: float
    metric_sure: float

    def clear(self, least: float = 0.0, errors: float = 3.0) -> bool:
        """Whether it is better beyond chance, in one of the two and not worse in the other."""
        kept = self.metric_sure > -1.5 or self.metric > -TRIFLE
        smooth = self.sure > errors and self.skill > least and kept
        plain = self.metric_sure > errors and self.metric > least and self.sure > -errors
        return smooth or plain

    @property
    def worse(self) -> bool:
        """Whether it is worse beyond chance."""
        return (self.sure < -3 and self.metric_sure < 0) or self.metric_sure < -3


class Trial:
    """A job on its way.

    Args:
        job: what is trained.
        look: at the validation rows, of the job as it was given.
    """

    def __init__(self, job: Job, look: Look) -> None:
        self.job = job
        options = job.options
        self.module = job.network()
        rows = job.train
        takes = look.takes if job.loss.name == "custom" or not job.n_classes else "logits"
        self.told = look.y
        self.look = Look(
            job.valid, look.bounded(look.y), look.target, look.metric, _scale(job, look),
            takes, bounds=look.bounds, given=job.given,
            by_metric=bool(job.words and getattr(job.loss, "class_weight", ())),
        )  # fmt: skip
        self.material = Material(rows, metric_targets(job, rows), self.look, job.loss)
        plan = plan_of(self.material, options)
        self.plan = _seldom(plan, options) if job.words else plan
        self.n_steps = max(1, round(options["epochs"] * self.plan.sampler.steps_per_epoch))
        population = Own(self.module, rows.inputs, changed=bool(options["regularizers"]))
        self.state = TrainState(
            population, [member_of(options)], self.n_steps, options["seed"], options["precision"]
        )
        self.fit = Fit(self.state, self.plan, self.material, Settings(patience=options["patience"]))
        self.ratios: list[float] = []
        self.losses_seen: list[float] = []
        self.seen_at: list[int] = []
        self.latest: tuple[int, dict[tuple[str, str], float]] = (0, {})
        self._known: tuple[int, np.ndarray] | None = None
        self._now: tuple[int, np.ndarray] | None = None

    @property
    def step(self) -> int:
        """Steps taken."""
        return self.state.step

    @property
    def done(self) -> bool:
        """Whether nothing is left to train."""
        return self.step >= self.n_steps or not self.state.members

    def advance(self, share: float, clock: Clock | None = None) -> int:
        """Train up to this share of all steps; how many steps that took."""
        before, clock = self.step, clock or Clock()
        until = min(self.n_steps, max(1, math.ceil(share * self.n_steps)))
        if until <= before:
            return 0
        self._known = None
        for stop in sorted({before + 1, *np.linspace(before, until, PARTS).astype(int).tolist()}):
            self._part(stop, clock)
        return self.step - before

    def _part(self, until: int, clock: Clock) -> None:
        """Some steps; the mean loss of them, and how far the last one moved the weights."""
        if until <= self.step:
            return
        if until - 1 > self.step:
            self.fit.advance(until - 1, clock)
        weights = [p for p in self.module.parameters() if p.dim() > 1 and p.requires_grad]
        before = [p.detach().clone() for p in weights]
        rows, total = self.state.loss_rows, float(self.state.loss_sum.sum())
        self.fit.advance(until, clock)
        if self.state.loss_rows > rows:
            self.losses_seen.append((float(self.state.loss_sum.sum()) - total) / (
                self.state.loss_rows - rows))  # fmt: skip
            self.seen_at.append(self.step)
        moved = [
            float((p.detach() - w).norm() / w.norm().clamp(min=1e-12))
            for p, w in zip(weights, before, strict=True)
        ]
        self.ratios.append(max((m for m in moved if math.isfinite(m)), default=0.0))

    @property
    def last_loss(self) -> float:
        """The training loss of the latest stretch; infinite where it is no number."""
        last = self.losses_seen[-1] if self.losses_seen else math.inf
        return last if math.isfinite(last) else math.inf

    @property
    def prediction(self) -> np.ndarray:
        """(N, …) of the validation rows: of the best look, or as it stands where that is better."""
        if self._known is None or self._known[0] != self.step:
            self._known = (self.step, self._predicted())
        return self._known[1]

    def _predicted(self) -> np.ndarray:
        best, seen = self.fit.best, []
        if len(best.outputs) and np.isfinite(best.score[0]):
            seen.append(self.look.predictions(best.outputs[:1])[0])
        if self.state.members and (not seen or best.step[0] != self.step):
            seen.append(self.now)
        criterion = self.look.criterion(np.stack(seen)) if seen else np.array([])
        return seen[int(np.argmax(criterion))] if seen else np.asarray(self.constant)

    @property
    def now(self) -> np.ndarray:
        """(N, …) of the validation rows, as the weights stand."""
        if not self.state.members:
            return self.prediction
        if self._now is None or self._now[0] != self.step:
            with self.state.judged():
                self._now = (self.step, np.asarray(self.look(self.state)[1][0]))
        return self._now[1]

    @property
    def foresight(self) -> float:
        """How far answers follow the targets beyond the bounds: 0 not at all, 1 all the way."""
        y, free = self.told, replace(self.look, bounds=None)
        best = self.fit.best.outputs
        if self.look.bounds is None or not len(best):
            return 0.0
        answer = free.predictions(best[:1])[0]
        far = y != self.look.y
        middle = np.median(answer.reshape(len(answer), -1), axis=0).reshape(y.shape[1:])
        if not far.any():
            return 0.0
        way = np.broadcast_to(y - middle, y.shape)[far]
        return float(np.clip(np.nan_to_num((answer - middle)[far] / way), 0, 1).mean())

    @cached_property
    def constant(self) -> np.ndarray:
        """(N, …) the best constant answer."""
        look = self.look
        if not look.target.classes:
            return np.broadcast_to(look.y.mean(axis=0), look.y.shape).copy()
        share = np.bincount(look.y, minlength=len(look.target.classes)) / len(look.y)
        return np.tile(share, (len(look.y), 1))

    @cached_property
    def liked(self) -> float:
        """Skill of the constant answer that the loss of numbers likes best; NaN of classes."""
        job, look = self.job, self.look
        if job.n_classes:
            return math.nan
        target = job.train.target[:PROBED]
        known = [*target.quantile(CONSTANTS.to(target), dim=0), target.mean(dim=0)]
        if job.loss.link == "log":
            known = [answer.clamp(min=TINY).log() for answer in known]
        costs = np.array([value_of(job.loss, each.expand_as(target), target) for each in known])
        if not np.isfinite(costs).all():  # a loss that is not for such answers
            return math.nan
        best = known[int(costs.argmin())].cpu().numpy()
        return self.skill(look.predictions(np.broadcast_to(best, (1, len(look.y), len(best))))[0])

    def losses(self, prediction: np.ndarray) -> np.ndarray:
        """(N,) the criterion of each row: refined log-loss, squared or absolute error."""
        look = self.look
        if look.target.classes:
            return look.losses(np.nan_to_num(prediction, nan=1.0 / prediction.shape[1]))
        with np.errstate(over="ignore", invalid="ignore"):
            rest = np.abs(prediction - look.y)
            rest = np.nan_to_num(rest, nan=1e30, posinf=1e30)
            rest = rest if "absolute" in look.metric.name or look.metric.name == "mae" else rest**2
        return np.asarray(rest.reshape(len(rest), -1).mean(axis=1))

    @cached_property
    def base(self) -> float:
        """The criterion of the best constant answer."""
        return max(1e-12, float(self.losses(self.constant).mean()))

    def skill(self, prediction: np.ndarray | None = None) -> float:
        """1 for perfect, 0 for the best constant answer, by the smooth criterion."""
        rows = self.losses(self.prediction if prediction is None else prediction)
        return max(-10.0, 1 - float(rows.mean()) / self.base)

    def score(self, prediction: np.ndarray | None = None) -> float:
        """The metric on validation rows."""
        p = self.prediction if prediction is None else prediction
        return self.look.score(p)

    @cached_property
    def span(self) -> float:
        """What a perfect answer is better than a constant one, by the metric."""
        metric = self.look.metric
        worst = self.look.score(self.constant)
        best = 1.0 if metric.higher_is_better else 0.0
        worst = worst if math.isfinite(worst) else (0.0 if metric.higher_is_better else 1.0)
        return max(1e-9, float(abs(best - worst)))


def compared(new: Trial, old: Trial, prediction: np.ndarray | None = None) -> Gain:
    """How much better a training is than another, where both stand; paired by rows.

    Args:
        new: the one.
        old: the other.
        prediction: of the other, where it is not that of its best look.
    """
    a, b = new.prediction, old.prediction if prediction is None else prediction
    rows = np.clip(old.losses(b), None, 20 * old.base) - np.clip(new.losses(a), None, 20 * old.base)
    error = max(float(rows.std()) / math.sqrt(len(rows)), 1e-9 * old.base)
    sure = float(rows.mean()) / error
    skill = float(rows.mean()) / old.base
    look, y = old.look, old.look.y
    if look.bounds is not None and old.foresight - new.foresight > FORESIGHT:
        return Gain(-abs(skill), -math.inf, -abs(skill), -math.inf)
    finite = np.isfinite(a).all() and np.isfinite(b).all()
    if y.ndim > 1 or not finite:
        return Gain(skill, sure, skill, sure)
    found = paired_difference(look.metric, a, b, y, 0, draws=DRAWS, level=0.68)
    spread = max((found.high - found.low) / 2, 1e-9)
    if math.isnan(found.value):
        return Gain(skill, sure, skill, sure)
    return Gain(skill, sure, found.value / old.span, found.value / spread)


def metric_targets(job: Job, rows: Rows) -> np.ndarray:
    """(N,) targets of some rows as metrics take them; (N, T) of several numbers."""
    target = rows.target
    if job.n_classes:
        return np.asarray(target.reshape(len(target), -1)[:, 0].long().cpu().numpy())
    y = target.double().cpu().numpy()
    y = y[:, 0] if y.shape[1] == 1 else y
    return y if job.scale is None else np.asarray(job.scale.restored(y))


def _seldom(plan: Plan, options: Mapping[str, Any]) -> Plan:
    """A plan that looks less often than each epoch, where there are many that nothing counts."""
    counted = options["patience"] is not None or isinstance(plan.schedule, ReduceOnPlateau)
    every = 1 if counted else math.ceil(float(options["epochs"]) / LOOKS)
    return replace(plan, validate_every=every * plan.validate_every)


def _scale(job: Job, look: Look) -> TargetScale | None:
    """What outputs go through: logarithms no longer, where the loss that took them is gone."""
    scale = job.scale or look.scale
    if scale is None or scale.link == job.loss.link:
        return scale
    return TargetScale(0.0, scale.spread, -np.inf, np.inf)
