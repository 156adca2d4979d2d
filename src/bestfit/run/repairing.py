"""Diagnose, treat, race, and keep what is proved: the training of a network that may be sick.

The network is trained as it was asked for. What it may suffer from is treated, the least change
first, each time in short trainings beside the one before, on the same rows and from the same
seed. A treatment stays where validation rows show a gain beyond noise; in the end the repaired
network has to beat the one that was asked for, else that one is returned.
"""

from collections.abc import Sequence
from dataclasses import replace

from ..diagnoses import Case, Finding, confirmed, diagnosis, first_seen, suspects
from ..repairs import Job, repair
from .events import Clock
from .examined import setting_of
from .look import Look
from .race import Prescribe, Race, by_rewriting, narrower
from .trial import Gain, Trial, compared

__all__ = ["Repairing"]

RUNG, LEAST_STEPS = 0.1, 40  # of the budget: after so much the first look is taken
HALF = 0.35  # of the budget: where candidates of a finished training are compared
# Steps of all trainings, in those of the one that was asked for: of short trials; after which no
# whole training is begun; and in all.
MAX_EARLY, MAX_BEGUN, MAX_ALL = 1.0, 3.0, 5.0
SPARE = 200  # steps more of short trials, where that is less than one training
LEAST_GAIN = 0.03  # of skill, in a short trial
STUCK = 0.05  # skill of a network that has learnt next to nothing
HOPELESS = 0.3  # skill: what is so far behind, a third of the way, need not be finished
MATERIAL = 0.1  # of what is missing to a perfect answer, in a whole training
EVIDENT = {  # what may be treated together where nothing alone helps
    "wrong_output_activation", "unscaled_inputs", "unscaled_targets", "bad_initialisation",
    "dead_relu", "saturated_activation", "vanishing_gradient", "missing_activation",
    "over_regularised", "learning_rate_too_low", "learning_rate_too_high", "exploding_gradient",
}  # fmt: skip
TOGETHER = (  # what one cause does at once, and is told with it
    {"bad_initialisation", "dead_relu", "saturated_activation", "vanishing_gradient",
     "exploding_gradient"},
    {"learning_rate_too_high", "oscillating_loss", "exploding_gradient"},
)  # fmt: skip
UNITS = {"dead_relu", "saturated_activation"}
AGAIN = {"learning_rate_too_high", "learning_rate_too_low", "vanishing_gradient"}
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
        self.look, self.refused = look, refused
        self.race = Race(look, clock, prescribe or by_rewriting)
        self.findings = list(known)
        self.job = self._with_mended_rows(job) if prescribe is None else job
        self.accepted: list[Finding] = []
        self.unit = 1
        self.restrained: Trial | None = None
        self.seen: list[tuple[Finding, Trial]] = []

    def run(self) -> Trial:
        """Train, treat, and give the training that is kept."""
        plain, base = self.begun()
        self.race.advance(base, 1.0)
        if base is not plain:
            self.race.advance(plain, HALF)
            if base.skill() - plain.skill() < HOPELESS:
                self.race.advance(plain, 1.0)
            if compared(plain, base).clear(0.02):
                base, self.accepted = plain, []
        base = self._late(base)
        return self._kept(plain, base)

    def early(self) -> Trial:
        """The same, of what shows at once; nothing is trained to its end."""
        plain, base = self.begun()
        if base is not plain:
            for trial in (plain, base):
                self.race.advance(trial, HALF)
        return self._kept(plain, base)

    def begun(self) -> tuple[Trial, Trial]:
        """The training that was asked for, on its first stretch, and the best treatment of it."""
        plain = self.race.begin(self.job)
        self.unit = plain.n_steps
        rung = min(1.0, max(RUNG, LEAST_STEPS / plain.n_steps))
        self.race.advance(plain, rung)
        return plain, self._early(plain, rung)

    def _with_mended_rows(self, job: Job) -> Job:
        """The job after repairs that no validation score could judge: copies, another unit."""
        facts = self.race.inspect(job)
        setting = setting_of(job, self.look.takes, self.look.metric.name)
        case = Case(setting=setting, rows=facts, graph=job.graph)
        for name in ("data_leakage", "train_val_shift"):
            finding = diagnosis[name]().examine(case)
            if finding is None:
                continue
            for mended in repair[name]().prescribe(job, finding):
                job, self.refused = mended, self.refused or name
                finding = replace(finding, repair=mended.words[-1])
            self.findings.append(finding)
        return job

    def _early(self, base: Trial, rung: float) -> Trial:
        """Treat what shows at once, each time in a training as long as the first stretch."""
        rejected = {f.name for f in self.findings}
        tries: dict[str, int] = {}
        while self.race.spent < MAX_EARLY * self.unit + min(SPARE, self.unit):
            case = self.race.case(base)
            todo = [f for f in suspects(case) if f.name not in rejected and not case.over]
            if not todo or (base.skill() > 1 - LEAST_GAIN and not todo[0].certain):
                break
            finding = todo[0]
            tries[finding.name] = tries.get(finding.name, 0) + 1
            found = self._treated(base, finding, rung)
            if found is None or tries[finding.name] > 3 or finding.name not in AGAIN:
                rejected.add(finding.name)
            if found is None:
                if finding.certain and not self._named(finding.name):
                    self.accepted.append(finding)
                continue
            base, gain = found
            self._accept(confirmed(finding, base.job.words[-1], gain.skill))
            self._accompanied(finding, todo[1:], base, gain)
            rejected = {name for name in rejected if self._named(name)}
        if base.skill() < STUCK and not base.done:
            return self._unstuck(base) or base
        return base

    def _accompanied(
        self, finding: Finding, others: list[Finding], base: Trial, gain: Gain
    ) -> None:
        """Name what was there before, comes from the same cause, and went with it."""
        together = next((group for group in TOGETHER if finding.name in group), None)
        if together is None:
            return
        left = {f.name for f in suspects(self.race.case(base))}
        for other in others:
            early = other.step == 0 or other.name == "oscillating_loss"
            blew_up = other.name == "exploding_gradient" and "steps_not_finite" in finding.evidence
            if other.name in together and early and (blew_up or other.name not in left):
                self._accept(confirmed(other, base.job.words[-1], gain.skill))

    def _treated(self, base: Trial, finding: Finding, rung: float) -> tuple[Trial, Gain] | None:
        """The best of what can be done against a finding, if it is better than before."""
        trials = self.race.candidates(base, finding)
        if not trials:
            return None
        for trial in trials:
            self.race.advance(trial, rung)
        best = self.race.best(trials, finding)
        gain = compared(best, base)
        kept = self.race.clear(gain, finding, LEAST_GAIN) or (finding.certain and not gain.worse)
        self.seen += [(finding, t) for t in trials if not kept]
        self.race.write(trials, finding, best if kept else None)
        return (best, gain) if kept else None

    def _unstuck(self, base: Trial) -> Trial | None:
        """Where nothing helped alone for a moment: all that is evident at once, or for longer."""
        case = self.race.case(base)
        evident = [f for f in suspects(case) if f.name in EVIDENT]
        both = self._all_treated(base, evident)
        seen = sorted(self.seen, key=lambda pair: (pair[1].skill(), -pair[1].last_loss))[-2:]
        racers = [*both, *(((finding,), trial) for finding, trial in seen)]
        if not racers:
            return None
        self.race.advance(base, HALF)
        for _, trial in racers:
            self.race.advance(trial, HALF)
        causes, best = max(racers, key=lambda pair: pair[1].skill())
        gain = compared(best, base)
        if not gain.clear(LEAST_GAIN):
            return None
        self.race.write([best], causes[0], best)
        for finding in causes:
            self._accept(confirmed(finding, "; ".join(best.job.words), gain.skill))
        return best

    def _all_treated(
        self, base: Trial, evident: list[Finding]
    ) -> list[tuple[tuple[Finding, ...], Trial]]:
        """One training with everything that is evident treated, with each of its step sizes."""
        job, causes = base.job, []
        sized = [f for f in evident if f.name.startswith("learning_rate")]
        for finding in evident:
            if finding in sized:
                continue
            found = self.race.prescribe(job, finding)
            if found:
                job = found[-1] if finding.name == "bad_initialisation" else found[0]
                causes.append(finding)
        if not causes or len(causes) + len(sized) < 2:
            return []
        variants = [((*causes,), job)]
        for finding in sized[:1]:
            stepped = self.race.prescribe(job, finding)
            variants += [((*causes, finding), other) for other in stepped]
        ready: list[tuple[tuple[Finding, ...], Trial]] = []
        for names, changed in variants:
            try:
                ready.append((names, self.race.begin(replace(changed, graph=None))))
            except (RuntimeError, ValueError, TypeError):
                continue
        return ready

    def _late(self, base: Trial) -> Trial:
        """Treat what only a whole training shows."""
        rejected = {f.name for f in self.findings}
        for _ in range(3):
            if self.race.spent > MAX_BEGUN * self.unit or base.skill() > 1 - LEAST_GAIN / 2:
                break
            self.race.compare_with_simple(base)
            case = self.race.case(base)
            behind = self.race.reference - base.skill() > 0.05
            names = LATE if not base.job.words else (LATE - {"underfitting"} if behind else ALWAYS)
            others = suspects(case)
            gone = rejected | {f.name for f in self.accepted}
            todo = [f for f in others if f.name in names and f.name not in gone]
            if base.job.words:  # what a repaired training could still gain is no fault of the first
                todo = [f for f in todo if f.name != "too_few_epochs" or f.step == 0]
            if not todo:
                break
            finding = first_seen(case, todo[0])
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
        """Whole trainings; those that fall behind half-way end there."""
        trials = self._affordable(self.race.candidates(base, finding))
        if not trials:
            return None
        if len(trials) > 1:
            for trial in trials:
                self.race.advance(trial, HALF)
        best = self.race.best(trials, finding)
        self.race.advance(best, 1.0)
        gain = compared(best, base)
        self.restrained = best if not gain.worse and gain.skill > -0.02 else None
        kept = self.race.clear(gain, finding, max(0.02, MATERIAL * (1 - base.skill())))
        self.race.write(trials, finding, best if kept else None)
        return (best, gain) if kept else None

    def _affordable(self, trials: list[Trial]) -> list[Trial]:
        """As many of the first as there is time for: all to half-way, the longest to its end."""
        room = MAX_ALL * self.unit - self.race.spent
        for n in range(len(trials), 0, -1):
            steps = [trial.n_steps for trial in trials[:n]]
            cost = HALF * sum(steps) + (1 - HALF) * max(steps)
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
        self.race.close(plain, base)
        return base

    def _accept(self, finding: Finding) -> None:
        self.accepted = [f for f in self.accepted if f.name != finding.name]
        self.accepted.append(finding)

    def _named(self, name: str) -> bool:
        return any(f.name == name for f in self.accepted)
