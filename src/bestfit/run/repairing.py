"""Diagnose, treat, race, and keep what is proved: the training of a network that may be sick.

The network is trained as it was asked for. What it may suffer from is treated, the least change
first, each time in short trainings beside the one before, on the same rows and from the same
seed. A treatment stays where validation rows show a gain beyond noise; in the end the repaired
network has to beat the one that was asked for, else that one is returned.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..diagnoses import Case, Finding, confirmed, diagnosis, short, suspects
from ..repairs import HARDLY_ANY, Job, repair
from .early import HALF, STUCK, Early
from .events import Clock
from .examined import setting_of
from .kinds import Way, of_one_kind, ways
from .late import MATERIAL, MAX_ALL, Late
from .look import Look
from .race import Prescribe, Race, by_rewriting
from .settling import MORE, settled
from .symptoms import symptoms
from .trial import Trial, compared, metric_targets

__all__ = ["Repairing"]

RUNG, LEAST_STEPS = 0.095, 40  # of the budget: after so much, first trials are compared
GLANCE = 0.08  # of the budget: the first look, where that is earlier
# Of skill: what is so far behind, a third of the way, and below, need not be finished; nor what is
# stuck, and so far behind, a fifth of the way.
HOPELESS, LEARNING = 0.3, 0.1
GLIMPSE, FAR = 0.2, 0.5
SHIFT = "train_val_shift"
ONLY_SHORT = {"too_few_epochs", "slow_convergence"}


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

    def run(self) -> Trial:
        """Train, treat, and give the training that is kept."""
        plain, base = self._begun(whole=True)
        before = base.prediction
        self.race.advance(base, 1.0)
        if base.n_steps > plain.n_steps:
            self._lengthened(plain, base, before)
        elif base is not plain:
            self._followed(plain, base)
        if base is not plain and self._came_to_nothing(plain, base):
            base, self.accepted = plain, []
        base = self._late(plain, base)
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
            case = self.race.case(plain)
            finding = diagnosis["too_few_epochs"]().examine(case)
            longer = [] if finding is None else self.race.candidates(plain, finding)
            alone = {f.name for f in suspects(case)} <= ONLY_SHORT
            if longer and alone and plain.skill() > LEARNING:
                return plain, self._going_on(plain, longer[0].job)
            if longer:
                base = longer[0]
                rung = min(1.0, max(RUNG, LEAST_STEPS / base.n_steps))
                self.race.advance(base, rung)
        early = Early(self.race, [f.name for f in self.findings], self.suspected)
        base = early.run(base, rung, (1 if base is plain else 2) * plain.n_steps)
        self.accepted, self.suspected = early.accepted, early.suspected
        return plain, base

    def _going_on(self, plain: Trial, job: Job) -> Trial:
        """A longer training that begins where the one that was asked for ended."""
        passes = float(job.options["epochs"]) - float(plain.job.options["epochs"])
        longer = replace(job, module=plain.module, options={**job.options, "epochs": passes})
        return self.race.begin(longer)

    def _followed(self, plain: Trial, base: Trial) -> None:
        """What was asked for is trained until it is clear that it stays behind; who foresees far
        targets does so late."""
        early = base.look.bounds is None
        if early:
            self.race.advance(plain, GLIMPSE)
            if plain.skill() < STUCK and base.skill() - plain.skill() > FAR:
                return
        self.race.advance(plain, HALF)
        if base.skill() - plain.skill() > HOPELESS and plain.skill() < LEARNING:
            return
        if early and self.race.out_of_reach(plain, base):
            return
        self.race.advance(plain, 1.0)

    def _came_to_nothing(self, plain: Trial, base: Trial) -> bool:
        """Whether what helped at first is worse in the end, or no better by what would count."""
        if compared(plain, base).clear(0.02):
            return True
        certain = self.refused or any(f.certain for f in self.accepted)
        return plain.done and not certain and not self._proved(base, plain)

    def _proved(self, base: Trial, plain: Trial) -> bool:
        """Whether the repaired training is better than the one that was asked for."""
        least = max(0.02, MATERIAL * (1 - plain.skill())) if plain.done else 0.02
        gain = compared(base, plain)
        return any(self.race.clear(gain, f, least) for f in self.accepted)

    def _late(self, plain: Trial, base: Trial) -> Trial:
        """After what only a whole training shows is treated, too."""
        if not self.judged:
            return base
        known = [f.name for f in self.findings]
        late = Late(self.race, plain, known, self.accepted, self.suspected)
        base = late.run(base)
        self.accepted = late.accepted
        return base

    def _settled(self, base: Trial) -> Trial:
        """The repaired network after it went on, where it was still learning."""
        if self.race.spent > (MAX_ALL - MORE) * self.unit:
            return base
        further = settled(self.race, base, self.unit)
        if further is None:
            return base
        finding = self.accepted[-1]
        self.race.write([further], finding, further)
        words = further.job.words[len(base.job.words) :]
        self.accepted[-1] = replace(finding, repair="; ".join((finding.repair, *words)))
        return further

    def _lengthened(self, plain: Trial, base: Trial, before: np.ndarray) -> None:
        """Whether a training that was made longer needed it: by what it was before the rest of it,
        where something else was treated, too."""
        alone = len(base.job.words) == len(plain.job.words) + 1
        gain = compared(base, plain) if alone else compared(base, base, before)
        words = base.job.words[len(plain.job.words)]
        case = self.race.case(plain)
        named = [diagnosis[n]().examine(case) for n in ("too_few_epochs", "learning_rate_too_low")]
        findings = [f for f in named if f is not None]
        if not findings:
            return
        kept = gain.clear(0.02)
        self.race.write([base], findings[0], base if kept else None)
        if kept:
            self.accepted += [confirmed(f, words, gain.skill) for f in findings]

    def _of_one_kind(self, plain: Trial) -> Trial:
        """The training with rows of one kind, where that can be had; else as it was asked for, and
        nothing else is tried: rows of another kind cannot judge it, where that does any harm."""
        trial, harmful = of_one_kind(self.race, self.ways)
        if not harmful:
            self.race.forget("shift_")
            self.judged, self.findings = True, [f for f in self.findings if f.name != SHIFT]
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
                    if len(mended.valid) != len(job.valid):
                        y = metric_targets(mended, mended.valid)
                        self.race.look = replace(self.race.look, rows=mended.valid, y=y)
                    job, self.refused = mended, self.refused or name
                    finding = replace(finding, repair=mended.words[-1])
            self.findings.append(finding)
        return job

    def _kept(self, plain: Trial, base: Trial) -> Trial:
        """The repaired training, if it is better than the one that was asked for."""
        certain = [f for f in self.accepted if f.certain]
        if base is not plain and not self.refused and not self._proved(base, plain):
            if not certain or compared(base, plain).worse:
                base, certain = plain, [replace(f, repair="", gain=None) for f in certain]
            self.accepted = certain
        self.findings += self.accepted
        self.findings += symptoms(self.race, plain, self.accepted)
        self.race.close(plain, base)
        return base
