"""Treat what shows at once, in trainings as long as the first stretch; alone, else together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..diagnoses import BOLD, Finding, confirmed, suspects
from .race import Race
from .together import EVIDENT, Treated, all_treated, sized
from .trial import Gain, Trial, compared

__all__ = ["HALF", "LEAST_GAIN", "STUCK", "UNITS", "Early"]

HALF = 0.35  # of the budget: where candidates are compared that need longer
SPARE = 200  # steps of trials, beside one training, where that is less than one
LEAST_GAIN = 0.03  # of skill, in a short trial
STUCK = 0.05  # skill of a network that has learnt next to nothing
MOST, ROOTED = 3, 2  # trials that get a longer chance; and to the end, if the cause is in the start
TOGETHER = (  # what one cause does at once, and is told with it
    {"bad_initialisation", "dead_relu", "saturated_activation", "vanishing_gradient",
     "exploding_gradient"},
    {"learning_rate_too_high", "oscillating_loss", "exploding_gradient"},
)  # fmt: skip
UNITS = {"dead_relu", "saturated_activation"}
LATER = {"overfitting"}  # of which the first stretch says nothing
AGAIN = {
    "learning_rate_too_high", "learning_rate_too_low", "vanishing_gradient", "exploding_gradient",
}  # fmt: skip


class Early:
    """The first stretch of a training.

    Args:
        race: of all trainings.
        known: names of findings that are settled.
        suspected: the step at which a name first came up.
    """

    def __init__(self, race: Race, known: Sequence[str], suspected: Mapping[str, int]) -> None:
        self.race, self.known = race, known
        self.suspected = dict(suspected)
        self.accepted: list[Finding] = []
        self.rejected = set(known)  # names of what is not tried again
        self.seen: list[tuple[Finding, Trial]] = []
        self._joined: list[tuple[Trial, set[str]]] = []
        self._hopes: list[tuple[Trial, Treated]] = []

    def run(self, base: Trial, rung: float, unit: int) -> Trial:
        """Treat what shows at once, each time in a training as long as the first stretch.

        Args:
            base: after that stretch.
            rung: its share of all steps.
            unit: steps that all trials together may take, besides some.
        """
        tries: dict[str, int] = {}
        allowed = self.race.spent - rung * base.n_steps + unit + min(SPARE, unit)
        while self.race.spent < allowed:
            case = self.race.case(base)
            found = [f for f in suspects(case) if not self._later(f)]
            self.suspected = {f.name: f.step for f in found} | self.suspected
            todo = [f for f in found if f.name not in self.rejected]
            done = base.skill() > 1 - LEAST_GAIN and not any(f.certain for f in todo[:1])
            if case.over or done:
                break
            late = not todo or todo[0].step > 0
            if late and (joint := self._jointly(base, found, rung)) is not None:
                base, self.rejected = joint, self._settled()
                continue
            if not todo:
                break
            finding = todo[0]
            tries[finding.name] = tries.get(finding.name, 0) + 1
            better = self._treated(base, finding, rung)
            if better is None or tries[finding.name] > 3 or finding.name not in AGAIN:
                self.rejected.add(finding.name)
            if better is None:
                if finding.certain and not self._named(finding.name):
                    self.accepted.append(finding)
                continue
            treated, (base, gain) = bool(base.job.words), better
            if not (treated and finding.name in UNITS and finding.step):  # the treatment's own
                self._accept(confirmed(finding, base.job.words[-1], gain.skill))
            self._accompanied(finding, todo[1:], base, gain)
            self.rejected = self._settled()
        if base.skill() < STUCK and not base.done:
            return self._unstuck(base) or base
        return base

    def _later(self, finding: Finding) -> bool:
        """Whether the first stretch says nothing of it: of speed once something else was at fault,
        of labels where only a trial could prove that they are wrong."""
        if finding.name == "slow_convergence":
            return bool(self.accepted or self.known)
        return finding.name in LATER or (finding.name == "label_noise" and not finding.certain)

    def _accompanied(
        self, finding: Finding, others: list[Finding], base: Trial, gain: Gain
    ) -> None:
        """Name what was there before, comes from the same cause, and went with it."""
        together = next((group for group in TOGETHER if finding.name in group), None)
        if together is None:
            return
        left = {f.name for f in suspects(self.race.case(base))}
        dead = finding.name == "dead_relu"  # through which nothing comes, without fading
        for other in (f for f in others if not (dead and f.name == "vanishing_gradient")):
            early = other.step == 0 or other.name == "oscillating_loss"
            blew_up = other.name == "exploding_gradient" and "steps_not_finite" in finding.evidence
            if other.name in together and (blew_up or (early and other.name not in left)):
                self._accept(confirmed(other, base.job.words[-1], gain.skill))

    def _treated(self, base: Trial, finding: Finding, rung: float) -> tuple[Trial, Gain] | None:
        """The best of what can be done against a finding, if it is better than before."""
        trials = self.race.candidates(base, finding)
        if not trials:
            return None
        racers = trials
        if len(trials) > 2:
            self.race.advance_all(trials, rung / 2)
            racers = self.race.ahead(trials, finding)
        self.race.advance_all(racers, rung)
        best = self.race.best(racers, finding)
        gain = compared(best, base)
        kept = self.race.clear(gain, finding, LEAST_GAIN) or (finding.certain and not gain.worse)
        self.seen += [(finding, t) for t in trials if not kept]
        self.race.write(trials, finding, best if kept else None)
        return (best, gain) if kept else None

    def _jointly(self, base: Trial, found: list[Finding], rung: float) -> Trial | None:
        """All at once of what was there from the start and what nothing helps against alone; before
        the size of steps is blamed, and once more with it; each once for each base."""
        alone = {finding.name for finding, _ in self.seen}
        evident = [f for f in found if f.name in EVIDENT & alone and (not f.step or sized(f))]
        names = base, {f.name for f in evident}
        if names in self._joined or len(evident) < 2:
            return None
        self._joined.append(names)
        treated = all_treated(self.race, base, evident)
        racers = treated[1:] or treated
        if not racers:
            return None
        self.race.advance_all([trial for _, trial in racers], rung)
        causes, best = max(racers, key=lambda pair: _merit(pair[1]))
        gain = compared(best, base)
        if not gain.clear(LEAST_GAIN):
            self._hopes.append((base, (causes, best)))
            return None
        self._accept_all(causes, best, gain)
        return best

    def _accept_all(self, causes: Sequence[Finding], trial: Trial, gain: Gain) -> None:
        """What was treated at once is told of each."""
        self.race.write([trial], causes[0], trial)
        for finding in causes:
            self._accept(confirmed(finding, "; ".join(trial.job.words), gain.skill))

    def _unstuck(self, base: Trial) -> Trial | None:
        """Where nothing helped alone for a moment: all that is evident at once, or for longer."""
        evident = [f for f in suspects(self.race.case(base)) if f.name in EVIDENT]
        self.race.advance(base, HALF)
        if base.skill() > STUCK:  # it was only slow to begin
            return None
        hopes = [treated for known, treated in self._hopes if known is base][-1:]
        both = hopes or all_treated(self.race, base, evident)
        racers = [*both, *(((finding,), trial) for finding, trial in self._hopeful())]
        if not racers:
            return None
        for _, trial in racers:
            self.race.advance(trial, HALF)
        causes, best = max(racers, key=lambda pair: pair[1].skill())
        if not compared(best, base).clear(LEAST_GAIN):
            bold = base.job.lr > BOLD * base.job.usual_lr
            rooted = [(f, t) for f, t in racers if not f[0].step or (bold and sized(f[0]))][:ROOTED]
            if not rooted:
                return None
            self.race.advance_all((base, *(trial for _, trial in rooted)), 1.0)
            causes, best = max(rooted, key=lambda pair: pair[1].skill())
        gain = compared(best, base)
        if not gain.clear(LEAST_GAIN):
            return None
        self._accept_all(causes, best, gain)
        return best

    def _hopeful(self) -> list[tuple[Finding, Trial]]:
        """The best trial against each finding, of what was there from the start first."""
        best: dict[str, tuple[Finding, Trial]] = {}
        for finding, trial in self.seen:
            known = best.get(finding.name)
            if known is None or _merit(trial) > _merit(known[1]):
                best[finding.name] = finding, trial
        found = sorted(best.values(), key=lambda pair: _merit(pair[1]), reverse=True)
        return sorted(found, key=lambda pair: pair[0].step)[:MOST]

    def _accept(self, finding: Finding) -> None:
        step = min(finding.step, self.suspected.get(finding.name, finding.step))
        self.accepted = [f for f in self.accepted if f.name != finding.name]
        self.accepted.append(replace(finding, step=step))

    def _settled(self) -> set[str]:
        """Of what was tried, what is not tried again beside what was done since."""
        return self.rejected & {*self.known, *(f.name for f in self.accepted if f.repair)}

    def _named(self, name: str) -> bool:
        return any(f.name == name for f in self.accepted)


def _merit(trial: Trial) -> tuple[float, float]:
    return trial.skill(), -trial.last_loss
