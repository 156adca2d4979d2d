"""Trainings side by side: what is known of each, which is better, and what is written of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ..diagnoses import Case, Finding
from ..probes.doubts import contradicted_rows
from ..probes.network import learnt_of
from ..probes.rows import facts_of_rows
from ..repairs import Job, relabelled, repair
from .events import Clock
from .examined import case_of, part_of, sight
from .look import Look
from .reference import noise_left_out, reference_skill
from .trial import Gain, Trial, compared

__all__ = ["BY_METRIC", "Prescribe", "Race", "by_rewriting", "narrower"]

Prescribe = Callable[[Job, Finding], list[Job]]

BY_METRIC = {"class_imbalance"}  # weights change what outputs mean
REHEARSED = 4  # rows
LEAD = 0.01  # of skill, and of the metric's span
OUT = 0.1  # of skill, and of the metric's span
SLIGHT = 0.02  # of skill
MUCH = 0.1  # of skill
SAME = 0.01  # of skill: what changes less is preferred


def by_rewriting(job: Job, finding: Finding) -> list[Job]:
    """What may help a network of the user's own."""
    return repair[finding.name]().prescribe(job, finding)


class Race:
    """All trainings of one network, its candidates, and the steps they took.

    Args:
        look: at the validation rows.
        clock: hears of it.
        prescribe: what may help against a finding.
    """

    def __init__(self, look: Look, clock: Clock, prescribe: Prescribe = by_rewriting) -> None:
        self.look, self.clock, self.prescribe = look, clock, prescribe
        self.spent = 0
        self.attempts: list[dict[str, Any]] = []
        self._kept: list[tuple[Trial, dict[str, Any]]] = []
        self.deep: dict[str, float] = {}
        self.reference = math.nan
        self._facts: dict[str, float] = {}
        self._rows: object = None

    def begin(self, job: Job) -> Trial:
        """A training that is ready to begin."""
        return Trial(job, self.look)

    def advance(self, trial: Trial, share: float) -> None:
        """Train up to this share of all steps."""
        self.spent += trial.advance(share, self.clock)

    def advance_all(self, trials: Sequence[Trial], share: float) -> None:
        """Train each of them so far."""
        for trial in trials:
            self.advance(trial, share)

    def inspect(self, job: Job) -> dict[str, float]:
        """Everything that rows show, copies and neighbours among them."""
        self.deep = facts_of_rows(*self._parts(job))
        return self.deep

    def forget(self, prefix: str) -> None:
        """Leave out what was seen in the rows under such names: it does no harm."""
        self.deep = {name: v for name, v in self.deep.items() if not name.startswith(prefix)}
        self._rows = None

    def case(self, trial: Trial) -> Case:
        """What diagnoses look at."""
        if trial.job.first is None:
            graph, first = sight(trial.job, trial.job.module)
            trial.job = replace(trial.job, graph=graph, first=first)
        if trial.job.train is not self._rows:
            self._rows = trial.job.train
            self._facts = {**self.deep, **facts_of_rows(*self._parts(trial.job), deep=False)}
        if trial.step and trial.latest[0] != trial.step:
            trial.latest = trial.step, sight(trial.job, trial.module)[1]
        return case_of(trial, self._facts, trial.latest[1], self.reference)

    def compare_with_simple(self, trial: Trial) -> None:
        """Learn once what a quick simple model makes of the rows."""
        if math.isnan(self.reference):
            self.reference = reference_skill(trial)

    def compare_left_out(self, trial: Trial) -> None:
        """Learn from a better judge than neighbours whether training rows carry wrong classes."""
        if "noise_sure" in self.deep and not self.deep.get("left_out"):
            self.deep = {**self.deep, **noise_left_out(trial), "left_out": 1.0}
            self._rows = None

    def count_doubts(self, trial: Trial) -> None:
        """Learn what share of the training rows seem to have another class than the one given, and
        how often a network says what validation rows are given."""
        if "doubted" not in self.deep:
            y = torch.as_tensor(trial.material.y)
            found = contradicted_rows(trial.job.train.inputs, y)
            self.deep["doubted"] = len(found) / len(y)
        agrees = float((trial.prediction.argmax(axis=1) == self.look.y).mean())
        self.deep["network_agrees"] = agrees
        self._rows = None

    def candidates(self, base: Trial, finding: Finding) -> list[Trial]:
        """Trainings with what may help against a finding."""
        found = []
        for job in self.prescribe(base.job, finding):
            if job.words[-1] in base.job.words:
                continue
            same = job.module is base.job.module and job.train is base.job.train
            trial = self.begin(job) if same else self.treated(job)
            found += [] if trial is None else [trial]
        if finding.name == "label_noise":
            taught = self.relabelled(base.job, base)
            found[1:1] = [] if taught is None else [taught]
        return found

    def relabelled(self, job: Job, taught: Trial) -> Trial | None:
        """A training with the classes that are likely by what a trained network makes of the rows;
        None where there is nothing to mend."""
        if not job.n_classes or self.prescribe is not by_rewriting:
            return None
        learnt = learnt_of(taught.module, job.probed(len(job.train)))
        words = "what the network learnt gives them"
        mended = None if learnt is None else relabelled(job, (learnt,), words)
        return None if mended is None else self.treated(mended)

    def treated(self, job: Job) -> Trial | None:
        """A training of what was changed; None where that cannot be built, or not be trained."""
        job = replace(job, graph=None)
        try:
            with torch.random.fork_rng([]), torch.enable_grad():
                network = job.network()
                wanted = [p for p in network.parameters() if p.requires_grad]
                output = network(*job.probed(REHEARSED)).float().sum()
                torch.autograd.grad(output, wanted, allow_unused=True)
            return self.begin(job)
        except (RuntimeError, ValueError, TypeError, AttributeError, IndexError):
            return None

    def best(self, trials: Sequence[Trial], finding: Finding) -> Trial:
        """The best of some trainings; the least change, of those that do as well."""
        best = max(trials, key=lambda trial: self._worth(trial, finding))
        least = self._worth(best, finding) < self._worth(trials[0], finding) + SAME
        return trials[0] if least else best

    def leads(self, trial: Trial, base: Trial) -> bool:
        """Whether a training is ahead of where another was after as large a part of its steps, or
        of where that one ended."""
        if trial.skill() > base.skill() + LEAD:
            return True
        share = trial.step / trial.n_steps
        new, old = (
            [v for step, v in self._scores(t) if step <= share * t.n_steps] for t in (trial, base)
        )
        return not new or not old or (max(new) - max(old)) / base.span > LEAD

    def out_of_reach(self, trial: Trial, base: Trial) -> bool:
        """Whether another training ended so far ahead that this one does not get there if it goes
        on to grow as in its latest doubling, twice as fast."""
        now, before, best = (
            max((v for step, v in self._scores(t) if step <= until), default=math.nan)
            for t, until in ((trial, trial.step), (trial, trial.step / 2), (base, base.step))
        )
        doublings = math.log2(trial.n_steps / trial.step)
        reach = now + 2 * doublings * (now - before)
        return (best - reach) / base.span > OUT and base.skill() - trial.skill() > OUT

    def ahead(self, trials: Sequence[Trial], finding: Finding) -> list[Trial]:
        """The best two of some trainings, in their order."""
        found = sorted(trials, key=lambda trial: self._worth(trial, finding), reverse=True)[:2]
        return [trial for trial in trials if trial in found]

    def _worth(self, trial: Trial, finding: Finding) -> float:
        return self._score(trial) if finding.name in BY_METRIC else trial.skill()

    def clear(self, gain: Gain, finding: Finding, least: float) -> bool:
        """Whether a gain is beyond chance and large enough, in what the finding is about."""
        if finding.name in BY_METRIC:
            return gain.metric_sure > 3 and gain.metric > least
        if finding.name == "overfitting":  # restraint alone makes answers less sure of themselves
            much = gain.skill > MUCH and gain.sure > 4 and gain.metric_sure > 2
            return gain.clear(least) and (gain.metric_sure > 3 or much)
        if finding.name == "label_noise":  # of which labels as wrong can see but a part
            return gain.clear(SLIGHT, errors=2.0)
        return gain.clear(least)

    def write(self, trials: Sequence[Trial], finding: Finding, kept: Trial | None) -> None:
        """Note what was tried."""
        for trial in trials:
            record = {"against": finding.name, **self.record(trial, trial is kept)}
            self.attempts.append(record)
            if trial is kept:
                self._kept.append((trial, record))

    def close(self, plain: Trial, kept: Trial) -> None:
        """Note the training that was asked for, and how far those went that were kept."""
        for trial, record in self._kept:
            record |= self.record(trial, kept=True)
        self.attempts.insert(0, self.record(plain, plain is kept))

    def record(self, trial: Trial, kept: bool) -> dict[str, Any]:
        """A training as it is written down."""
        score, name = trial.score(), trial.look.metric.name
        per_epoch = trial.plan.sampler.steps_per_epoch
        course = trial.fit.history.series(f"valid_{name}")
        return {
            "changes": [words for words in trial.job.words if words],
            "kept": kept,
            "steps": trial.step,
            "of": trial.n_steps,
            "skill": trial.skill(),
            f"valid_{name}": score if math.isfinite(score) else None,
            "course": [(step / per_epoch, value) for step, value in course],
            "losses": [
                (step / per_epoch, value if math.isfinite(value) else None)
                for step, value in zip(trial.seen_at, trial.losses_seen, strict=True)
            ],
        }

    def declined(self, trial: Trial) -> Gain:
        """How much better a training was at its best look than it is in the end."""
        return compared(trial, trial, trial.now)

    def _scores(self, trial: Trial) -> list[tuple[int, float]]:
        """Steps, and the metric of validation rows after them; higher is better."""
        sign = 1.0 if self.look.metric.higher_is_better else -1.0
        name = f"valid_{self.look.metric.name}"
        return [(step, sign * v) for step, v in trial.fit.history.series(name) if math.isfinite(v)]

    def _score(self, trial: Trial) -> float:
        score = trial.score()
        sign = 1.0 if self.look.metric.higher_is_better else -1.0
        return sign * score / trial.span if math.isfinite(score) else -math.inf

    def _parts(self, job: Job) -> tuple[Any, Any]:
        y: np.ndarray | None = None
        if job.n_classes and job.train.target.is_floating_point():
            target = job.train.target.reshape(len(job.train), -1)
            y = target[:, 0].long().cpu().numpy()
        return part_of(job.train, y), part_of(job.valid, self.look.y)


def narrower(case: Case, other: Case) -> bool:
    """Whether a training knows its own rows far better than new ones, and another does not."""
    gaps = [c.course.train_skill[-1] - c.course.skill[-1] for c in (case, other)]
    return gaps[0] > 0.2 and gaps[1] < 0.7 * gaps[0]
