"""Train the arms of a comparison: on the same rows, in the same batches, from the same weights."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..initializers import initializer
from ..models import Population
from ..optimizers import LBFGS, LBFGSOptimizer, Optimizer
from ..rng import seed_of
from ..schedules import ReduceOnPlateau
from ..table import Target
from ..training import Member, Plan, TrainState, train
from .arms import Arm
from .course import Course, Terms, link_of, network_of, same_start
from .material import Material
from .populate import build_loss, build_plan, device_of, sampler_of
from .weights import set_weights

__all__ = ["contest"]

LOOKS = 16  # at the validation rows, the one before the first step included
SEARCHES = 3  # of a rule that searches, between two looks
PROBE = 12  # steps that are timed, where the time is to be kept


def contest(
    arms: Sequence[Arm],
    materials: Mapping[str, Material],
    terms: Terms,
    target: Target,
    tell: Callable[[str, float], None],
) -> tuple[list[Course], float]:
    """Train every arm with each of its step sizes from each of the first weights.

    Args:
        arms: of one comparison.
        materials: rows and the look at validation rows, by the link of the loss.
        terms: what is the same for all.
        target: what is predicted.
        tell: told what is being trained, and what share of all is done.
    Returns:
        the courses, in the order of arm, step size and seed, and the epochs that were trained.
    """
    order = {arm.name: i for i, arm in enumerate(arms)}
    groups: dict[Any, list[Arm]] = {}
    for arm in arms:
        groups.setdefault(repr(arm.together), []).append(arm)
    members = {key: sum(len(a.rates) for a in g) * terms.seeds for key, g in groups.items()}
    total, done = sum(members.values()), 0
    courses: list[Course] = []
    epochs, keeps = terms.epochs, same_start(arms)
    # The largest group first: its pace decides for how long all are trained.
    for key in sorted(groups, key=lambda key: -members[key]):
        group = groups[key]
        said = partial(_said, tell, ", ".join(arm.name for arm in group), done, members[key], total)
        round_ = _Round(group, materials[link_of(group[0])], terms, target, keeps)
        epochs = epochs or round_.affordable(terms.time_s * members[key] / total)
        courses += round_.run(epochs, said)
        done += members[key]
    courses.sort(key=lambda c: (order[c.arm.name], c.rate, c.seed))
    assert epochs is not None
    return courses, epochs


def _said(
    tell: Callable[[str, float], None], names: str, done: int, n: int, total: int, share: float
) -> None:
    tell(names, (done + share * n) / total)


class _Round:
    """The arms that are one population.

    Args:
        arms: of one network, loss, schedule and batch.
        material: rows and the look at validation rows.
        terms: what is the same for all.
        target: what is predicted.
        keeps: whether the paths of the weights are kept.
    """

    def __init__(
        self, arms: Sequence[Arm], material: Material, terms: Terms, target: Target, keeps: bool
    ) -> None:
        self.material, self.terms, self.keeps = material, terms, keeps
        self.config = arms[0].config
        self.searches = arms[0].rule.searches
        if self.searches:
            training = replace(self.config.training, batch_size="full")
            self.config = replace(self.config, training=training)
        self.loss, _ = build_loss(self.config, target, material.y if target.classes else None)
        self.courses = [
            Course(arm, r, s)
            for arm in arms for r in range(len(arm.rates)) for s in range(terms.seeds)
        ]  # fmt: skip
        self.state: TrainState
        self.moved_s: dict[int, float] = {}
        self.most = math.inf

    def affordable(self, time_s: float) -> float:
        """How many epochs fit into so many seconds, by the pace of a few steps."""
        plan = self._begin(PROBE)
        steps = train(self.state, plan, self.material.rows)
        next(steps, None)  # the first one makes buffers
        begun = time.perf_counter()
        counted = sum(1 for _ in steps)
        step_s = (time.perf_counter() - begun) / max(1, counted)
        epochs = 0.8 * time_s / step_s / plan.sampler.steps_per_epoch
        return float(f"{min(self.terms.most, max(1.0, epochs)):.2g}")

    def run(self, epochs: float, tell: Callable[[float], None]) -> list[Course]:
        """Train, and look now and then."""
        per_epoch = sampler_of(self.config, len(self.material.rows)).steps_per_epoch
        n_steps = max(1, round(epochs * per_epoch))
        plan = self._begin(n_steps)
        self.most = epochs
        marks = {round(n_steps * (i / (LOOKS - 1)) ** 1.5) for i in range(1, LOOKS)}
        k = len(self.courses)
        self._look(np.zeros(k), np.full(k, np.nan), np.zeros(k))
        begun, looked_s = time.perf_counter(), 0.0
        for step in train(self.state, plan, self.material.rows):
            spent = np.full(k, step.number / per_epoch)
            if self.searches:
                spent = self._trials()
            over = bool((spent > epochs).all())
            if step.number in marks or self.searches:
                paused = time.perf_counter()
                seconds = self._shares(paused - begun - looked_s)
                self._look(spent, self.state.mean_loss().cpu().numpy(), seconds)
                self._react(plan)
                looked_s += time.perf_counter() - paused
                tell(min(1.0, float(spent.min()) / epochs))
            if over:
                break
        return self.courses

    def _begin(self, n_steps: int) -> Plan:
        """A fresh state; every seed has the same first weights in every arm."""
        config = self.config
        k = len(self.courses)
        population = self._network(k, 0)
        donors = {}
        for i, course in enumerate(self.courses):
            key = course.arm.config.model.init, course.seed
            if key not in donors:
                donors[key] = self._network(1, course.seed, key[0])
            population.put(i, donors[key])
        population = population.to(device_of(config))
        members = [
            Member(
                i, _watched(c.arm.rule), float(np.float32(c.arm.rates[c.rate])), _decay(c.arm.rule)
            )
            for i, c in enumerate(self.courses)
        ]
        n_rows = len(self.material.rows)
        plan = build_plan(config, self.loss, n_rows, n_steps)
        seed, precision = config.training.seed, config.training.precision or "float32"
        self.state = TrainState(population, members, n_steps, seed, precision)
        self.moved_s = dict.fromkeys(range(len(self.state.movers)), 0.0)
        self._time_all()
        return replace(plan, clip_norm=None) if config.training.clip is None else plan

    def _network(self, members: int, seed: int, init: str | None = None) -> Population:
        made = network_of(self.config, self.terms.ends, members, seed)
        if init is not None:
            rows = self.material.rows.take(slice(0, 512))
            few = [t.cpu() for t in rows.encode(made.encode).inputs]
            drawn = seed_of(self.config.training.seed, "compare", seed)
            set_weights(made, initializer[init](), drawn, self.config.model.activation, few)
        return made

    def _react(self, plan: Plan) -> None:
        """Lower step sizes where validation shows no gain, if the schedule asks for it."""
        schedule = plan.schedule
        if not isinstance(schedule, ReduceOnPlateau):
            return
        rates = {}
        for member, course in zip(self.state.members, self.courses, strict=True):
            stale = len(course.scores) - 1 - course.best
            if schedule.falls(stale):
                rates[member.number] = member.lr * schedule.factor
        self.state.set_rates(rates)
        if rates:
            self._time_all()

    def _time_all(self) -> None:
        for i, mover in enumerate(self.state.movers):
            self._time(i, mover)

    def _time(self, place: int, mover: Any) -> None:
        """Let a mover note how long it takes."""
        for name in ("step", "search"):
            inner = getattr(mover, name)

            def timed(*words: Any, inner: Any = inner, **options: Any) -> None:
                begun = time.perf_counter()
                inner(*words, **options)
                self.moved_s[place] += time.perf_counter() - begun

            setattr(mover, name, timed)

    def _trials(self) -> np.ndarray:
        """(k,) evaluations of all rows that each member has used."""
        rule = self.state.movers[0].optimizer
        assert isinstance(rule, LBFGSOptimizer)
        return np.array(rule.trials, np.float64)

    def _shares(self, whole_s: float) -> np.ndarray:
        """(k,) seconds of each member: of what all share an equal part, and of its own rule's."""
        k = len(self.courses)
        shares = np.full(k, max(0.0, whole_s - sum(self.moved_s.values())) / k)
        for i, mover in enumerate(self.state.movers):
            for member in mover.members:
                shares[member.number] += self.moved_s[i] / len(mover.members)
        return shares

    def _look(self, epochs: np.ndarray, train_loss: np.ndarray, seconds: np.ndarray) -> None:
        look, (choose, judge) = self.material.look, self.terms.halves
        with self.state.judged(), torch.no_grad():
            raw, predictions = look(self.state)
            outputs = torch.from_numpy(raw)
            losses = self.loss(outputs, look.rows.target.cpu()).mean(dim=1).numpy()
            weights = self._flat(
                [i for i, c in enumerate(self.courses) if c.seed == 0 and self.keeps]
            )
        for i, course in enumerate(self.courses):
            if epochs[i] > self.most:
                continue  # a search that went on only because others did
            course.epochs.append(float(epochs[i]))
            course.seconds.append(float(seconds[i]))
            course.train_loss.append(float(train_loss[i]))
            course.valid_loss.append(float(losses[i]))
            finite = bool(np.isfinite(predictions[i]).all())
            score = look.judge(predictions[i][choose], look.y[choose]) if finite else math.nan
            course.scores.append(score)
            best = course.scores[course.best] if course.best >= 0 else math.nan
            if not math.isnan(score) and (math.isnan(best) or look.metric.gain(score, best) > 0):
                course.best = len(course.scores) - 1
                course.judged = predictions[i][judge]
            if i in weights:
                course.path.append(weights[i])

    def _flat(self, places: Sequence[int]) -> dict[int, Tensor]:
        """The weights of some members, one after the other."""
        tensors = [p.detach() for p in self.state.population.parameters()]
        return {i: torch.cat([t[i].reshape(-1).cpu() for t in tensors]) for i in places}


def _watched(rule: Optimizer) -> Optimizer:
    """A rule that searches pauses after a few searches, so that it can be looked at."""
    return replace(rule, max_iter=SEARCHES) if isinstance(rule, LBFGS) else rule


def _decay(rule: Any) -> float:
    return float(rule.weight_decay)
