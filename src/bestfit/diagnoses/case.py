"""What is known of a training: plain numbers of its rows, its network, its course."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ..graph import Graph

__all__ = ["Case", "Course", "Measures", "Setting"]

Measures = Mapping[tuple[str, str], float]
CLASSES = ("binary", "multiclass")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a training was told.

    Args:
        task: binary, multiclass or regression.
        loss: its name; ``custom`` for a function.
        takes: what the loss takes outputs for: logits, probabilities, log_probabilities, numbers.
        optimizer: its name.
        lr: step size.
        usual_lr: of this optimizer.
        momentum: 0 where there is none.
        batch_size: rows of a step.
        epochs: passes over the rows.
        n_steps: in all.
        weight_decay: decoupled, as a share of lr.
        penalty: name of the penalty on weights, or of what changes inputs; or ``""``.
        dropout: the largest share of units that is dropped.
        metric: decides.
        decays: whether the step size falls towards the end.
        mean_step: the mean step size over the budget, against the largest.
        norm_momentum: of running statistics, the oddest; NaN where there are none.
    """

    task: str
    loss: str
    takes: str
    optimizer: str
    lr: float
    usual_lr: float
    batch_size: int
    epochs: float
    n_steps: int
    metric: str
    momentum: float = 0.0
    weight_decay: float = 0.0
    penalty: str = ""
    dropout: float = 0.0
    decays: bool = False
    mean_step: float = 1.0
    norm_momentum: float = math.nan


@dataclass(frozen=True, kw_only=True)
class Course:
    """How a training went, look by look; skill is 1 for perfect and 0 for a constant answer.

    Args:
        steps: of each look.
        train_loss: mean since the look before.
        valid_loss: the same for validation rows.
        skill: on validation rows.
        train_skill: on training rows.
        ratios: relative size of one update, the largest layer's.
        skipped: steps whose gradient was not finite.
    """

    steps: Sequence[int] = ()
    train_loss: Sequence[float] = ()
    valid_loss: Sequence[float] = ()
    skill: Sequence[float] = ()
    train_skill: Sequence[float] = ()
    ratios: Sequence[float] = ()
    skipped: int = 0

    @property
    def swing(self) -> float:
        """Of all movement of the training loss, the share that goes up."""
        losses = [v for v in self.train_loss if math.isfinite(v)][1:]
        moves = [b - a for a, b in pairwise(losses)]
        total = sum(abs(m) for m in moves)
        return sum(m for m in moves if m > 0) / total if total > 0 else 0.0

    @property
    def amplitude(self) -> float:
        """The mean movement upwards from look to look, against the level of the loss."""
        losses = [v for v in self.train_loss if math.isfinite(v)][1:]
        if len(losses) < 3:
            return 0.0
        ups = [max(0.0, b - a) for a, b in pairwise(losses)]
        level = sum(abs(v) for v in losses) / len(losses)
        return sum(ups) / len(ups) / max(level, 1e-12)


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything that diagnoses look at.

    Args:
        setting: what was told.
        rows: numbers of the rows (``bestfit.probes.facts_of_rows``); empty where not looked at.
        graph: what the network does; None where not looked at.
        first: numbers of the network before the first step, by name and subject.
        now: the same, later.
        course: look by look.
        baseline: loss of the best constant answer; NaN where not known.
        constant: skill of the constant answer that the loss likes best; NaN where not known.
        reference: skill of a quick simple model on validation rows; NaN where there is none.
        step: the latest.
    """

    setting: Setting
    rows: Mapping[str, float] = field(default_factory=dict)
    graph: Graph | None = None
    first: Measures = field(default_factory=dict)
    now: Measures = field(default_factory=dict)
    course: Course = field(default_factory=Course)
    baseline: float = math.nan
    constant: float = math.nan
    reference: float = math.nan
    step: int = 0

    @property
    def classes(self) -> bool:
        """Whether classes are predicted."""
        return self.setting.task in CLASSES

    @property
    def over(self) -> bool:
        """Whether training has ended."""
        return self.step >= self.setting.n_steps

    @property
    def skill(self) -> float:
        """The best so far on validation rows."""
        return max((s for s in self.course.skill if math.isfinite(s)), default=-math.inf)

    def fact(self, name: str, otherwise: float = 0.0) -> float:
        """A number of the rows."""
        return self.rows.get(name, otherwise)

    def layers(self, name: str, *, first: bool = True) -> dict[str, float]:
        """A number of the network by subject, at the first or the latest look."""
        measures = self.first if first else (self.now or self.first)
        return {subject: v for (known, subject), v in measures.items() if known == name}

    def number(self, name: str, *, first: bool = True) -> float:
        """A number of the whole network; NaN where it was not looked at."""
        return self.layers(name, first=first).get("", math.nan)
