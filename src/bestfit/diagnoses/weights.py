"""First weights, and the state they put units and gradients in."""

import math
from dataclasses import dataclass
from typing import Any

from .base import Diagnosis, Finding, diagnosis
from .case import Case

__all__ = [
    "BadInitialisation",
    "DeadReLU",
    "ExplodingGradient",
    "SaturatedActivation",
    "VanishingGradient",
    "dead",
    "pull_range",
    "saturated",
    "symptoms",
]


@diagnosis("bad_initialisation")
@dataclass(frozen=True)
class BadInitialisation(Diagnosis):
    """Weights that are alike, far too small or far too large before the first step.

    Args:
        min_gain: of a weight: its spread times the root of its inputs; He's is 1.4, torch's 0.6.
        max_gain: of a weight.
        max_lean: of its mean times its inputs: He's and torch's hardly reach 1.
    """

    min_gain: float = 0.12
    max_gain: float = 4.0
    max_lean: float = 8.0

    stage = "weights"
    harm = "Units that begin alike stay alike; a signal that fades or blows up teaches nothing."
    cause = "The first weights were not drawn to keep the size of the signal."
    advice = "Draw them by He's or Glorot's rule, biases zero, or scale them by the data."

    def examine(self, case: Case) -> Finding | None:
        if case.graph is None:
            return None
        used = [
            name for op in case.graph.of_kind("affine", "recurrent", "product")
            for name in op.parameters
        ]  # fmt: skip
        last = case.graph.last
        own = set() if last is None else set(last.parameters)
        alike, gains, leans = (case.layers(name) for name in ("alike", "gain", "lean"))
        same = [n for n in used if alike.get(n) and n not in own]
        # A cell reads few numbers beside its own state, and torch draws both alike.
        cells = {n for op in case.graph.of_kind("recurrent") for n in op.parameters}
        least = {n: self.min_gain / (5 if n in cells else 1) for n in used}
        small = [n for n in used if gains.get(n, 1.0) < least[n] and n not in own]
        large = [n for n in used if gains.get(n, 1.0) > self.max_gain]
        leaning = [n for n in used if leans.get(n, 0.0) > self.max_lean and n not in own]
        wrong = same or large or small or leaning
        if not wrong:
            return None
        kind = "alike" if same else "too large" if large else "too small" if small else "one-sided"
        return self.found(
            case, ", ".join(wrong[:4]), early=True, weights=kind, tensors=len(wrong),
            gain=gains.get(wrong[0], math.nan), loss_before_training=case.number("loss"),
            **symptoms(case, first=True),
        )  # fmt: skip


@diagnosis("dead_relu")
@dataclass(frozen=True)
class DeadReLU(Diagnosis):
    """Units that give zero for every row: sparse ones, which differ from row to row, are well.

    Args:
        min_dead: share of a layer's units.
    """

    min_dead: float = 0.4

    stage = "weights"
    harm = "A unit that is zero on every row gets no gradient, and cannot come back."
    cause = "Biases or weights hold its input below zero."
    advice = "Zero biases, He's weights, a smaller step, or a leaky ReLU."

    def examine(self, case: Case) -> Finding | None:
        early = dead(case, first=True)
        late = dead(case, first=False)
        found = max(early, late, key=lambda pair: pair[1])
        if found[1] < self.min_dead:
            return None
        began = early[1] >= self.min_dead
        return self.found(case, found[0], early=began, dead_units=found[1],
                          dead_before_training=early[1])  # fmt: skip


@diagnosis("saturated_activation")
@dataclass(frozen=True)
class SaturatedActivation(Diagnosis):
    """Hidden units that sit where their function is flat, on nearly all rows.

    Args:
        min_saturated: share of a layer's units.
        min_closed: share of a layer's answers, row by row and unit by unit, before training.
    """

    min_saturated: float = 0.3
    min_closed: float = 0.75

    stage = "weights"
    harm = "Where the function is flat, hardly any gradient comes through."
    cause = "What comes into the units is far too large."
    advice = "Smaller first weights, standardised inputs, a smaller step, or a ReLU."

    def examine(self, case: Case) -> Finding | None:
        early, late = (saturated(case, first=first) for first in (True, False))
        found = max(early, late, key=lambda pair: pair[1])
        layer, closed = _worst(case, "closed", "bounded", first=True)
        at_once = early[1] >= self.min_saturated or closed >= self.min_closed
        if found[1] < self.min_saturated and not at_once:
            return None
        return self.found(
            case, found[0] or layer, early=at_once, saturated_units=found[1],
            saturated_before_training=early[1], flat_before_training=closed,
        )  # fmt: skip


@diagnosis("vanishing_gradient")
@dataclass(frozen=True)
class VanishingGradient(Diagnosis):
    """Early layers, or early steps of a sequence, that are pulled a thousand times less.

    Args:
        max_ratio: of the pull on the weakest layer, against its weights, to the strongest.
        max_through_time: of the pull on early steps to that on late ones.
        max_skill: of a network that cannot do without the early steps.
    """

    max_ratio: float = 2e-3
    max_through_time: float = 2e-3
    max_skill: float = 0.5

    stage = "layers"
    harm = "Layers far from the output stand still, whatever they could learn."
    cause = "Each layer multiplies the gradient by less than one."
    advice = "ReLU units with He's weights, normalisation, residual connections; a GRU for an RNN."

    def examine(self, case: Case) -> Finding | None:
        time = case.number("through_time")
        stuck = case.skill < self.max_skill
        if case.number("recurrent") == 1 and time < self.max_through_time and stuck:
            return self.found(case, "time", early=True, early_against_late_steps=time)
        bent = [] if case.graph is None else case.graph.hidden("bounded", "rectified", "smooth")
        spreads = [op.facts.get("spread", 1.0) for op in bent]
        if len(spreads) >= 4 and spreads[-1] < self.max_ratio * max(spreads):
            return self.found(case, "signal", early=True, layers=len(spreads),
                              last_against_largest=spreads[-1] / max(spreads))  # fmt: skip
        weakest, strongest, subject = pull_range(case)
        if not strongest or weakest / strongest > self.max_ratio:
            return None
        return self.found(
            case, subject, early=True, weakest_against_strongest=weakest / strongest,
            layers=len(case.layers("relative_pull")),
        )  # fmt: skip


@diagnosis("exploding_gradient")
@dataclass(frozen=True)
class ExplodingGradient(Diagnosis):
    """Signals or gradients that grow from layer to layer, from step to step, or past all numbers.

    Args:
        min_growth: of what layers give, from the smallest to the largest.
        max_through_time: of the pull on early steps of a sequence to that on late ones.
        max_loss: times the loss of a constant answer, before the first step.
    """

    min_growth: float = 10.0
    max_through_time: float = 50.0
    max_loss: float = 8.0

    stage = "weights"
    harm = "One step throws all weights away; numbers overflow."
    cause = "Each layer, or step of a sequence, multiplies the signal by more than one."
    advice = "Smaller first weights, clipped gradients, normalisation, a smaller step."

    def examine(self, case: Case) -> Finding | None:
        time, loss = case.number("through_time"), case.number("loss")
        if case.number("recurrent") == 1 and time > self.max_through_time:
            return self.found(case, "time", early=True, early_against_late_steps=time)
        sizes = [v for s, v in case.layers("rms").items() if v > 0]
        growth = max(sizes) / min(sizes) if sizes else 1.0
        large = not math.isfinite(loss) or loss > self.max_loss * abs(case.baseline)
        deep = len(case.graph.of_kind("affine")) if case.graph is not None else 0
        loud = large and deep > 1 and max(sizes, default=0.0) > 10 and growth > self.min_growth
        if loud or math.isinf(growth):
            return self.found(case, "signal", early=True, growth=growth, loss=loss)
        if case.course.skipped:
            return self.found(case, "gradient", steps_not_finite=case.course.skipped)
        return None


def symptoms(case: Case, *, first: bool) -> dict[str, Any]:
    """What units and gradients look like, where that is out of the ordinary."""
    found = {}
    if (share := dead(case, first=first)[1]) > 0.3:
        found["dead_units"] = share
    if (share := saturated(case, first=first)[1]) > 0.3:
        found["saturated_units"] = share
    return found


def dead(case: Case, *, first: bool) -> tuple[str, float]:
    """The layer with the largest share of dead units, and that share."""
    return _worst(case, "dead", "rectified", first=first)


def saturated(case: Case, *, first: bool) -> tuple[str, float]:
    """The hidden layer with the largest share of saturated units, and that share."""
    return _worst(case, "saturated", "bounded", "recurrent", first=first)


def _worst(case: Case, name: str, *kinds: str, first: bool) -> tuple[str, float]:
    known = case.layers(name, first=first)
    shares = []
    for op in [] if case.graph is None else case.graph.hidden(*kinds):
        subject = f"{op.module or op.function}#{op.function}{op.count}"
        if subject in known:
            shares.append((op.module or op.function, known[subject]))
    return max(shares, key=lambda pair: pair[1], default=("", 0.0))


def pull_range(case: Case) -> tuple[float, float, str]:
    """The weakest and the strongest pull on a weight, against its size, and whose is weakest."""
    if case.graph is None:
        return 0.0, 0.0, ""
    pulls = case.layers("relative_pull")
    used = dict.fromkeys(
        name for op in case.graph.of_kind("affine", "recurrent", "product")
        for name in op.parameters if name in pulls and "bias" not in name
    )  # fmt: skip
    if len(used) < 3:
        return 0.0, 0.0, ""
    weakest = min(used, key=lambda name: pulls[name])
    return pulls[weakest], max(pulls[name] for name in used), weakest
