"""Diagnose, treat, race, and keep what is proved: the training of a network that may be sick.

The network is trained as it was asked for. What it may suffer from is treated, the least change
first, each time in short trainings beside the one before, on the same rows and from the same
seed. A treatment stays where validation rows show a gain beyond noise; in the end the repaired
network has to beat the one that was asked for, else that one is returned.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..diagnoses import BOLD, Case, Finding, confirmed, diagnosis, first_seen, short, suspects
from ..repairs import HARDLY_ANY, Job, repair
from ..schedules import schedule
from .early import HALF, LEAST_GAIN, STUCK, UNITS, Early
from .events import Clock
from .examined import setting_of
from .kinds import Way, of_one_kind, ways
from .look import Look
from .race import Prescribe, Race, by_rewriting, narrower
from .settling import MORE, settled
from .symptoms import FEW_EPOCHS, symptoms
from .trial import Gain, Trial, compared

__all__ = ["Repairing"]

RUNG, LEAST_STEPS = 0.095, 40  # of the budget: after so much, first trials are compared
GLANCE = 0.08  # of the budget: the first look, where that is earlier
# Steps of all trainings, in those of the one that was asked for: after which no whole training is
# begun; the same of what is behind a simple model; and in all.
MAX_BEGUN, MAX_BEHIND, MAX_ALL = 3.0, 3.75, 5.0
# Of skill: what is so far behind, a third of the way, and below, need not be finished.
HOPELESS, LEARNING = 0.3, 0.1
MATERIAL = 0.1  # of what is missing to a perfect answer, in a whole training
STEPS = {"learning_rate_too_high", "oscillating_loss"}
CREEPING = {"learning_rate_too_low", "slow_convergence"}
MOMENT = 0.1  # of the budget
SHIFT = "train_val_shift"
ALWAYS = {"over_regularised", "class_imbalance", "batchnorm_mismatch"}  # also after a repair
LATE = ALWAYS | {
    "learning_rate_too_high", "learning_rate_too_low", "oscillating_loss", "slow_convergence",
    "batch_size_too_small", "too_few_epochs", "overfitting", "underfitting", "target_outliers",
    "label_noise", "unscaled_targets", "missing_activation", "unscaled_inputs",
    "bad_initialisation", "vanishing_gradient",
}  # fmt: skip


class Repairing:
    """A network under treatment.

    Args:
        job: as it was asked for.
        look: at the validation rows.
        clock: hears of it.
        refused: why it could not be trained as it was asked for; ``""`` where it can.
        known: findings that are certain already, whose repairs are in the job.
        prescribe: what may help; None rewrites network, settings and rows.
    """

    def __init__(
        self,
        job: Job,
        look: Look,
        clock: Clock,
        refused: str = "",
        known: Sequence[Finding] = (),
        prescribe: Prescribe | None = None,
    ) -> None:
        self.refused = refused
        self.race = Race(look, clock, prescribe or by_rewriting)
        self.findings = list(known)
        self.ways: list[Way] = []
        self.judged = True  # whether validation rows are of a kind with the others
        self.job = self._with_mended_rows(job) if prescribe is None else job
        self.accepted: list[Finding] = []
        self.suspected: dict[str, int] = {}
        self.unit = 1
        self.restrained: Trial | None = None

    def run(self) -> Trial:
        """Train, treat, and give the training that is kept."""
        plain, base = self._begun(whole=True)
        before = base.prediction
        self.race.advance(base, 1.0)
        if base.n_steps > plain.n_steps:
            self._lengthened(plain, base, before)
        elif base is not plain:
            self.race.advance(plain, HALF)
            if base.skill() - plain.skill() < HOPELESS or plain.skill() > LEARNING:
                self.race.advance(plain, 1.0)
        if base is not plain and compared(plain, base).clear(0.02):
            base, self.accepted = plain, []
        base = self._late(base)
        if base is not plain and self.accepted:
            base = self._settled(base)
        return self._kept(plain, base)

    def early(self) -> Trial:
        """The same, of what shows at once; nothing is trained to its end."""
        plain, base = self._begun(whole=False)
        if base is not plain:
            self.race.advance_all((plain, base), HALF)
        return self._kept(plain, base)

    def _begun(self, *, whole: bool) -> tuple[Trial, Trial]:
        """The training that was asked for, on its first stretch, and the best treatment of it."""
        plain = base = self._of_one_kind(self.race.begin(self.job))
        self.unit = plain.n_steps
        if not self.judged:
            return plain, plain
        rung = min(1.0, max(RUNG, LEAST_STEPS / plain.n_steps))
        if rung > RUNG:
            self.race.advance(plain, GLANCE)
            self.suspected = {f.name: f.step for f in suspects(self.race.case(plain))}
        self.race.advance(plain, rung)
        if whole and self.job.options["epochs"] <= HARDLY_ANY and short(self.race.case(plain)):
            self.race.advance(plain, 1.0)
            finding = diagnosis["too_few_epochs"]().examine(self.race.case(plain))
            longer = [] if finding is None else self.race.candidates(plain, finding)
            if longer:
                base = longer[0]
                rung = max(plain.n_steps, LEAST_STEPS) / base.n_steps
                self.race.advance(base, rung)
        early = Early(self.race, [f.name for f in self.findings], self.suspected)
        base = early.run(base, rung, (1 if base is plain else 3) * plain.n_steps)
        self.accepted, self.suspected = early.accepted, early.suspected
        return plain, base

    def _settled(self, base: Trial) -> Trial:
        """The repaired network after it went on, where it was still learning."""
        if self.race.spent > (MAX_ALL - MORE) * self.unit:
            return base
        further = settled(self.race, base, self.unit)
        if further is None:
            return base
        finding = self.accepted[-1]
        self.race.write([further], finding, further)
        self.accepted[-1] = replace(finding, repair=f"{finding.repair}; {further.job.words[-1]}")
        return further

    def _lengthened(self, plain: Trial, base: Trial, before: np.ndarray) -> None:
        """Whether a training that was made longer needed it, by what it was before."""
        gain, words = compared(base, base, before), base.job.words[len(plain.job.words)]
        finding = diagnosis["too_few_epochs"]().examine(self.race.case(plain))
        if finding is None:
            return
        kept = gain.clear(0.02)
        self.race.write([base], finding, base if kept else None)
        if kept:
            self.accepted.append(confirmed(finding, words, gain.skill))

    def _of_one_kind(self, plain: Trial) -> Trial:
        """The training with rows of one kind, where that can be had; else as it was asked for, and
        nothing else is tried: rows of another kind cannot judge it."""
        trial = of_one_kind(self.race, self.ways)
        if trial is None:
            return plain
        words, self.judged, self.refused = trial.job.words[-1], True, self.refused or SHIFT
        self.findings = [replace(f, repair=words) if f.name == SHIFT else f for f in self.findings]
        return trial

    def _with_mended_rows(self, job: Job) -> Job:
        """The job after repairs that no validation score could judge: copies, another unit."""
        facts = self.race.inspect(job)
        setting = setting_of(job, self.race.look.takes, self.race.look.metric.name)
        case = Case(setting=setting, rows=facts, graph=job.graph)
        for name in ("data_leakage", SHIFT):
            finding = diagnosis[name]().examine(case)
            if finding is None:
                continue
            prescribed = repair[name]().prescribe(job, finding)
            if name == SHIFT:
                self.ways = ways(job, self.race.look, prescribed)
                self.judged = finding.subject != "inputs"
            else:
                for mended in prescribed:
                    job, self.refused = mended, self.refused or name
                    finding = replace(finding, repair=mended.words[-1])
            self.findings.append(finding)
        return job

    def _late(self, base: Trial) -> Trial:
        """Treat what only a whole training shows."""
        rejected = {f.name for f in self.findings}
        for _ in range(3 if self.judged else 0):
            if self.race.spent > MAX_BEHIND * self.unit or base.skill() > 1 - LEAST_GAIN / 2:
                break
            self.race.compare_with_simple(base)
            behind = not base.look.by_metric and self.race.reference - base.skill() > 0.05
            if self.race.spent > MAX_BEGUN * self.unit and not behind:
                break
            case = self.race.case(base)
            names = LATE if not base.job.words else (LATE - {"underfitting"} if behind else ALWAYS)
            others = suspects(case)
            gone = rejected | {f.name for f in self.accepted}
            gone |= STEPS if gone & CREEPING else set()
            gone |= {"over_regularised"} if "overfitting" in gone else set()  # by the repair
            built = {f.name for f in others if f.name == "underfitting" and not f.step}
            todo = [f for f in others if f.name in names | built and f.name not in gone]
            few = base.job.options["epochs"] <= FEW_EPOCHS
            if base.job.words and not few:  # what it could still gain is no fault of the first
                todo = [f for f in todo if f.name != "too_few_epochs" or f.step == 0]
            if not todo:
                break
            creeps = not CREEPING.isdisjoint(f.name for f in todo)  # it may be large enough
            todo = sorted(todo, key=lambda f: creeps and f.name == "underfitting")
            finding = first_seen(case, todo[0])
            first = min(finding.step, self.suspected.get(finding.name, finding.step))
            finding = replace(finding, step=first)
            rejected.add(finding.name)
            found = self._raced(base, finding)
            if found is None:
                self._overfitted(base, finding, case)
                continue
            base, gain = found
            causes = [f for f in others if f.name in UNITS and f.step == 0] or [finding]
            for cause in causes if finding.name == "underfitting" else [finding]:
                self._accept(confirmed(cause, base.job.words[-1], gain.skill))
        return base

    def _overfitted(self, base: Trial, finding: Finding, case: Case) -> None:
        """Overfitting is proved, too, by weights that were better before, or by restraint that
        costs nothing and takes away much of what is learnt of the training rows alone."""
        if finding.name != "overfitting":
            return
        gain, words = self.race.declined(base), ""
        if gain.clear(0.05):
            epoch = base.fit.best.step[0] / base.plan.sampler.steps_per_epoch
            words = f"kept the weights of epoch {epoch:.1f}"
        elif self.restrained is None or not narrower(case, self.race.case(self.restrained)):
            return
        self.accepted.append(replace(confirmed(finding, words, gain.skill), certain=True))

    def _raced(self, base: Trial, finding: Finding) -> tuple[Trial, Gain] | None:
        """Whole trainings; all but two end at the first turn, and one of these at the next."""
        bold = base.job.lr > BOLD * base.job.usual_lr
        doubted = finding.name in STEPS and _whole(base, finding) and not bold
        if doubted and not self._calms(base):
            return None
        trials = self._affordable(self.race.candidates(base, finding))
        if not trials:
            return None
        racers = trials
        if len(racers) > 2:
            self.race.advance_all(racers, HALF / 2)
            racers = self.race.ahead(racers, finding)
        if len(racers) > 1:
            self.race.advance_all(racers, HALF)
        best = self.race.best(racers, finding)
        self.race.advance(best, 1.0)
        gain = compared(best, base)
        self.restrained = best if not gain.worse and gain.skill > -0.02 else None
        kept = self.race.clear(gain, finding, max(0.02, MATERIAL * (1 - base.skill())))
        self.race.write(trials, finding, best if kept else None)
        return (best, gain) if kept else None

    def _calms(self, base: Trial) -> bool:
        """Whether a moment of a tenth of the step size, from the end on, would gain anything: it
        does where steps were too large, at a small part of the price of another training."""
        options = {**base.job.options, "lr": base.job.lr / 10, "schedule": schedule["constant"]()}
        options["epochs"] = MOMENT * float(options["epochs"])
        trial = self.race.begin(replace(base.job, module=base.module, options=options))
        self.race.advance(trial, 1.0)
        return compared(trial, base).sure > 1

    def _affordable(self, trials: list[Trial]) -> list[Trial]:
        """As many of the first as there is time for: all to half-way, the longest to its end."""
        room = MAX_ALL * self.unit - self.race.spent
        for n in range(len(trials), 0, -1):
            steps = [trial.n_steps for trial in trials[:n]]
            cost = HALF / 2 * (sum(steps) + sum(steps[:2])) + (1 - HALF) * max(steps)
            if cost <= room:
                return trials[:n]
        return []

    def _kept(self, plain: Trial, base: Trial) -> Trial:
        """The repaired training, if it is better than the one that was asked for."""
        certain = [f for f in self.accepted if f.certain]
        if base is not plain and not self.refused:
            gain = compared(base, plain)
            least = max(0.02, MATERIAL * (1 - plain.skill())) if plain.done else 0.02
            if not any(self.race.clear(gain, f, least) for f in self.accepted):
                if not certain or gain.worse:
                    base, certain = plain, [replace(f, repair="", gain=None) for f in certain]
                self.accepted = certain
        self.findings += self.accepted
        self.findings += symptoms(self.race, plain, self.accepted)
        self.race.close(plain, base)
        return base

    def _accept(self, finding: Finding) -> None:
        self.accepted = [f for f in self.accepted if f.name != finding.name]
        self.accepted.append(finding)


def _whole(trial: Trial, finding: Finding) -> bool:
    """Whether a network has learnt something, and its units are alive."""
    return trial.skill() > STUCK and not {"dead_units", "saturated_units"} & finding.evidence.keys()
