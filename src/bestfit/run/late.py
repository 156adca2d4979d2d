"""Treat what only a whole training shows, in whole trainings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..diagnoses import BOLD, Case, Finding, confirmed, first_seen, suspects
from ..schedules import schedule
from .early import HALF, LEAST_GAIN, STUCK, UNITS
from .race import Race, narrower
from .symptoms import FEW_EPOCHS
from .together import EVIDENT, all_treated
from .trial import Gain, Trial, compared

__all__ = ["MATERIAL", "MAX_ALL", "Late"]

MOST = 3  # findings in turn
# Steps of all trainings, in those of the one that was asked for: after which no whole training is
# begun; the same of what is behind a simple model; and in all.
MAX_BEGUN, MAX_BEHIND, MAX_ALL = 3.0, 3.75, 5.0
MATERIAL = 0.1  # of what is missing to a perfect answer, in a whole training
STEPS = {"learning_rate_too_high", "oscillating_loss"}
CREEPING = {"learning_rate_too_low", "slow_convergence"}
MOMENT, LEAST_MOMENT = 0.1, 10  # of the budget; steps
HEAVY = 0.95  # momentum that may be what swings
BETTER = 0.05  # of skill: a simple model knows more
FASTER = CREEPING | {"underfitting", "over_regularised", "unscaled_targets"}  # when treated
BY_HEART, LEAST_GAP = 0.97, 0.08  # skill on training rows, and how far it is ahead of new ones
HINT, LIKELY = 1.5, 1.0  # standard errors
MUCH = 0.3  # dropout, of a network that is held back as it is
APART = 0.05  # of the training rows
NO_WORSE = -2.0  # the same, where validation rows are as wrong, by which more cannot be proved
# Also after a repair.
ALWAYS = {
    "over_regularised", "class_imbalance", "batchnorm_mismatch", "label_noise",
    "missing_activation",
}  # fmt: skip
LATE = ALWAYS | {
    "learning_rate_too_high", "learning_rate_too_low", "oscillating_loss", "slow_convergence",
    "batch_size_too_small", "too_few_epochs", "overfitting", "underfitting", "target_outliers",
    "label_noise", "unscaled_targets", "missing_activation", "unscaled_inputs",
    "bad_initialisation", "vanishing_gradient", "saturated_activation",
}  # fmt: skip


class Late:
    """What comes after a training's end.

    Args:
        race: of all trainings.
        plain: the training that was asked for.
        known: names of findings that are settled.
        accepted: findings that are proved so far.
        suspected: the step at which a name first came up.
    """

    def __init__(
        self,
        race: Race,
        plain: Trial,
        known: Sequence[str],
        accepted: Sequence[Finding],
        suspected: Mapping[str, int],
    ) -> None:
        self.race, self.known = race, known
        self.unit, self.asked = plain.n_steps, plain.job.words
        self.accepted, self.suspected = list(accepted), suspected
        self.restrained: Trial | None = None
        self.joined = False  # whether all was tried at once

    def run(self, base: Trial) -> Trial:
        """Treat what only a whole training shows, the most telling first."""
        rejected = set(self.known)
        for _ in range(MOST):
            if self.race.spent > MAX_BEHIND * self.unit or base.skill() > 1 - LEAST_GAIN:
                break
            self.race.compare_with_simple(base)
            behind = not base.look.by_metric and self.race.reference - base.skill() > BETTER
            if self.race.spent > MAX_BEGUN * self.unit and not behind:
                break
            case = self._looked_at(base)
            others = suspects(case)
            finding = self._most_telling(base, case, others, rejected, behind=behind)
            if finding is None:
                break
            if finding.name == "underfitting" and (joint := self._together(base)) is not base:
                base = joint
                continue
            rejected.add(finding.name)
            found = self._raced(base, finding)
            if found is None:
                if _by_rows(finding):
                    self._accept(finding)
                self._overfitted(base, finding, case)
                continue
            base, gain = found
            causes = [f for f in others if f.name in UNITS and f.step == 0] or [finding]
            for cause in causes if finding.name == "underfitting" else [finding]:
                self._accept(confirmed(cause, base.job.words[-1], gain.skill))
        return base if self.accepted else self._together(base)

    def _looked_at(self, base: Trial) -> Case:
        case = self.race.case(base)
        if "label_noise" in self.known:
            return case
        if _may_be_noise(case):
            self.race.compare_left_out(base)
            case = self.race.case(base)
        if any(f.name == "label_noise" and not f.certain for f in suspects(case)):
            self.race.count_doubts(base)
            case = self.race.case(base)
        return case

    def _most_telling(
        self,
        base: Trial,
        case: Case,
        others: Sequence[Finding],
        tried: set[str],
        *,
        behind: bool,
    ) -> Finding | None:
        """Of what a training is suspected of, what is treated next; since when it is known."""
        treated = base.job.words != self.asked
        names = (LATE - {"underfitting"} if behind else ALWAYS) if treated else LATE
        if base.job.words and not behind:
            names = names - {"overfitting"}
        gone = tried | {f.name for f in self.accepted}
        gone |= STEPS if gone & CREEPING or _by_heart(case) else set()
        if case.setting.momentum < HEAVY and gone & STEPS:  # the same trials
            gone |= STEPS
        gone |= {"over_regularised"} if "overfitting" in gone else set()  # by the repair
        built = {f.name for f in others if f.name == "underfitting" and not f.step}
        todo = [f for f in others if f.name in names | built and f.name not in gone]
        few = base.job.options["epochs"] <= FEW_EPOCHS
        if base.job.words and not few:  # what it could still gain is no fault of the first
            todo = [f for f in todo if f.name != "too_few_epochs" or f.step == 0]
        if not todo:
            return None
        creeps = not CREEPING.isdisjoint(f.name for f in todo)  # it may be large enough
        short = [f for f in todo if f.name == "too_few_epochs" and not f.step]  # for anything else
        todo = short or sorted(todo, key=lambda f: creeps and f.name == "underfitting")
        finding = first_seen(case, todo[0])
        first = min(finding.step, self.suspected.get(finding.name, finding.step))
        return replace(finding, step=first)

    def _together(self, base: Trial) -> Trial:
        """All that is evident at once, where nothing alone was proved and a simple model knows
        better."""
        behind = not base.look.by_metric and self.race.reference - base.skill() > BETTER
        if self.joined or not behind:
            return base
        self.joined = True
        case = self.race.case(base)
        evident = [f for f in suspects(case) if f.name in EVIDENT | CREEPING]
        found = all_treated(self.race, base, evident)
        trials = self._affordable([trial for _, trial in found])
        if not trials:
            return base
        best = self._foremost(trials, evident[0])
        causes = next(names for names, trial in found if trial is best)
        self.race.advance(best, 1.0)
        gain = compared(best, base)
        kept = gain.clear(max(0.02, MATERIAL * (1 - base.skill())))
        self.race.write(trials, causes[0], best if kept else None)
        if not kept:
            return base
        for cause in causes:
            seen = first_seen(case, cause)
            self._accept(confirmed(seen, "; ".join(best.job.words), gain.skill))
        return best

    def _overfitted(self, base: Trial, finding: Finding, case: Case) -> None:
        """Overfitting is proved, too, by weights that were better before, or by restraint that
        costs nothing and takes away much of what is learnt of the training rows alone."""
        if finding.name != "overfitting":
            return
        gain, words = self.race.declined(base), ""
        if gain.clear(0.05):
            epoch = base.fit.best.step[0] / base.plan.sampler.steps_per_epoch
            words = f"kept the weights of epoch {epoch:.1f}"
        elif case.setting.dropout > MUCH or not self._narrowed(case):
            return
        self.accepted.append(replace(confirmed(finding, words, gain.skill), certain=True))

    def _narrowed(self, case: Case) -> bool:
        """Whether restraint took away much of what is learnt of the training rows alone."""
        return self.restrained is not None and narrower(case, self.race.case(self.restrained))

    def _raced(self, base: Trial, finding: Finding) -> tuple[Trial, Gain] | None:
        """Whole trainings, of which one goes to its end."""
        bold = base.job.lr > BOLD * base.job.usual_lr
        doubted = finding.name in STEPS and _whole(base, finding) and not bold
        if doubted and self._gains(base, base.job.lr / 10, "constant") < 1:
            return None
        long = finding.name == "too_few_epochs" and base.job.options["epochs"] > FEW_EPOCHS
        if long and self._gains(base, base.job.lr, "cosine") < 1:
            return None
        trials = self._affordable(self.race.candidates(base, finding))
        if not trials:
            return None
        best = self._foremost(trials, finding)
        if finding.name in FASTER and not self.race.leads(best, base):
            self.race.write(trials, finding, None)
            return None
        self.race.advance(best, 1.0)
        if finding.name == "label_noise":
            best = self._mended_again(base, best, trials)
        gain = compared(best, base)
        self.restrained = best if not gain.worse and gain.skill > -0.02 else None
        kept = self.race.clear(gain, finding, max(0.02, MATERIAL * (1 - base.skill())))
        sure = NO_WORSE if "network_agrees" in finding.evidence else LIKELY
        kept = kept or (_by_rows(finding) and gain.sure > sure and not gain.worse)
        self.race.write(trials, finding, best if kept else None)
        return (best, gain) if kept else None

    def _mended_again(self, base: Trial, best: Trial, trials: list[Trial]) -> Trial:
        """After classes are mended once more, as long as that helps: by what a network learnt that
        was trained with fewer wrong ones."""
        while self.race.spent + base.n_steps <= MAX_ALL * self.unit:
            again = self.race.relabelled(base.job, best)
            if again is None or not _apart(again, best):
                break
            trials.append(again)
            self.race.advance(again, 1.0)
            if compared(again, best).sure < 0:
                break
            best = again
        return best

    def _foremost(self, trials: list[Trial], finding: Finding) -> Trial:
        """The best of some: all but two end at the first turn, and one of these at the next."""
        if len(trials) > 2:
            self.race.advance_all(trials, HALF / 2)
            trials = self.race.ahead(trials, finding)
        self.race.advance_all(trials, HALF)
        return self.race.best(trials, finding)

    def _gains(self, base: Trial, lr: float, shape: str) -> float:
        """What a moment more gains, in standard errors, at a small part of the price of another
        training: with a tenth of the step size it does where steps were too large, with the same
        one that falls where there were too few."""
        options = {**base.job.options, "lr": lr, "schedule": schedule[shape]()}
        moment = min(0.5, max(MOMENT, LEAST_MOMENT / base.n_steps))
        options["epochs"] = moment * float(options["epochs"])
        trial = self.race.begin(replace(base.job, module=base.module, options=options))
        self.race.advance(trial, 1.0)
        return compared(trial, base).sure

    def _affordable(self, trials: list[Trial]) -> list[Trial]:
        """As many of the first as there is time for: all to half-way, the longest to its end."""
        room = MAX_ALL * self.unit - self.race.spent
        for n in range(len(trials), 0, -1):
            steps = [trial.n_steps for trial in trials[:n]]
            cost = HALF / 2 * (sum(steps) + sum(steps[:2])) + (1 - HALF) * max(steps)
            if cost <= room:
                return trials[:n]
        return []

    def _accept(self, finding: Finding) -> None:
        self.accepted = [f for f in self.accepted if f.name != finding.name]
        self.accepted.append(finding)


def _by_heart(case: Case) -> bool:
    """Whether a network knows all training rows, and new ones far less: steps led where they had
    to."""
    known = case.course.train_skill
    return bool(known) and known[-1] > BY_HEART and known[-1] - case.course.skill[-1] > LEAST_GAP


def _may_be_noise(case: Case) -> bool:
    """Whether training rows are known by heart, or neighbours contradict them somewhat more often
    than new ones."""
    return case.classes and (_by_heart(case) or case.fact("noise_sure") > HINT)


def _apart(trial: Trial, other: Trial) -> bool:
    """Whether two trainings learn other answers of some of the same rows."""
    one, two = trial.job.train.target, other.job.train.target
    return len(one) != len(two) or float((one != two).float().mean()) > APART


def _by_rows(finding: Finding) -> bool:
    """Whether it is certain without a trial, and no network can make up for it."""
    return finding.certain and finding.name == "label_noise"


def _whole(trial: Trial, finding: Finding) -> bool:
    """Whether a network has learnt something, and its units are alive."""
    return trial.skill() > STUCK and not {"dead_units", "saturated_units"} & finding.evidence.keys()
