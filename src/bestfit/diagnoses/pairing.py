"""Outputs, loss and targets that do not belong together; and layers that do nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from .base import Diagnosis, Finding, diagnosis
from .case import Case

__all__ = [
    "FrozenLayers",
    "MissingActivation",
    "WrongLoss",
    "WrongOutputActivation",
]

SQUASHED = ("sigmoid", "tanh", "hardtanh", "hardsigmoid", "softsign", "softmax", "softmin", "relu",
            "relu6", "relu_", "sigmoid_", "tanh_", "softplus")  # fmt: skip
WITHOUT_END = ("unbounded", "unrelated")
LOWEST = {"sigmoid": 0.0, "hardsigmoid": 0.0, "softmax": 0.0, "relu": 0.0, "relu6": 0.0,
          "relu_": 0.0, "softplus": 0.0, "sigmoid_": 0.0, "softmin": 0.0}  # fmt: skip
HIGHEST = {"relu": float("inf"), "relu_": float("inf"), "softplus": float("inf"), "relu6": 6.0}


@diagnosis("wrong_output_activation")
@dataclass(frozen=True)
class WrongOutputActivation(Diagnosis):
    """An output that is squashed before a loss that squashes it again, or that cannot reach.

    Args:
        beyond: how far targets reach beyond the output's range, as a share of their own.
        certain: from there on no trial is asked; less may be noise about a bound.
    """

    beyond: float = 0.02
    certain: float = 0.1

    stage = "pairing"
    harm = "The answers that are asked for cannot be given, or hardly: gradients fade near them."
    cause = "The last layer ends in a function that the loss or the targets do not go with."
    advice = "End in a plain linear layer: the loss takes logits, and numbers need no bound."

    def examine(self, case: Case) -> Finding | None:
        last = None if case.graph is None else case.graph.last
        if last is None or case.setting.loss == "ordinal":
            return None
        name = last.function
        one = last.shape[-1:] == (1,) or not last.shape
        subject = last.module or name
        if name in ("softmax", "log_softmax") and one:
            return self.found(case, subject, certain=True, early=True, last=name, outputs=1,
                              cause="A softmax over one number is always 1.")  # fmt: skip
        if case.setting.takes == "logits" and name in SQUASHED:
            cause = f"{name} comes before a loss that takes logits, and squashes them itself."
            return self.found(
                case,
                subject,
                certain=True,
                early=True,
                last=name,
                cause=cause,
                loss=case.setting.loss,
            )
        if case.classes or case.setting.takes != "numbers" or name not in SQUASHED:
            return None
        low, high = LOWEST.get(name, -1.0), HIGHEST.get(name, 1.0)
        y_low, y_high = case.fact("y_low"), case.fact("y_high")
        missed = max(low - y_low, y_high - high) / max(y_high - y_low, 1e-12)
        if missed <= self.beyond:
            return None
        return self.found(
            case, subject, certain=missed > self.certain, early=True, last=name, targets_from=y_low,
            targets_to=y_high, outputs_from=low, outputs_to=high,
        )  # fmt: skip


@diagnosis("wrong_loss")
@dataclass(frozen=True)
class WrongLoss(Diagnosis):
    """A loss of numbers for classes, of classes for numbers, or of something else than is given;
    or one that is least elsewhere than the metric, which is only named where another does better.

    Args:
        min_constant: skill of the constant answer that the loss likes best.
    """

    min_constant: float = -0.15

    stage = "pairing"
    harm = "The loss can fall while the answers get no better."
    cause = "The loss is not for targets of this kind."
    advice = "Cross-entropy for classes, squared error for numbers, each on plain outputs."

    def examine(self, case: Case) -> Finding | None:
        last = None if case.graph is None else case.graph.last
        name = "" if last is None else last.function
        takes, out_low = case.setting.takes, case.number("out_low")
        if case.classes and takes == "numbers":
            return self._said(case, "a loss of numbers, for classes")
        if not case.classes and takes not in ("numbers", *WITHOUT_END):
            return self._said(case, "a loss of classes, for numbers")
        if takes == "log_probabilities" and name != "log_softmax" and _not_log(case):
            return self._said(case, "the loss takes log-probabilities, and is given something else")
        if (
            takes == "probabilities"
            and name not in ("sigmoid", "softmax", "sigmoid_")
            and (out_low < 0 or case.number("out_high") > 1)
        ):
            return self._said(case, "the loss takes probabilities, and is given something else")
        if takes == "unbounded":
            return self._said(case, "the loss is not least where answers are right")
        if takes == "unrelated":
            return self._said(case, "right answers cost as much as wrong ones: rows are mixed up")
        if not case.classes and case.constant < self.min_constant:
            cause = "the loss is least at other answers than the metric"
            return self._said(case, cause, certain=False)
        return None

    def _said(self, case: Case, cause: str, *, certain: bool = True) -> Finding:
        return self.found(case, "loss", certain=certain, early=True, cause=cause.capitalize() + ".",
                          loss=case.setting.loss, metric=case.setting.metric)  # fmt: skip


def _not_log(case: Case) -> bool:
    return case.number("out_high") > 0 or case.number("out_width") == 1


@diagnosis("missing_activation")
@dataclass(frozen=True)
class MissingActivation(Diagnosis):
    """Linear layers one after the other, which together are one."""

    stage = "layers"
    harm = "Layers with nothing bent in between can do no more than one of them."
    cause = "No activation stands between two linear layers."
    advice = "Put a ReLU between them."

    def examine(self, case: Case) -> Finding | None:
        pairs = [] if case.graph is None else case.graph.linear_pairs()
        pairs = [(a, b) for a, b in pairs if a and b]
        if not pairs:
            return None
        subject = ", ".join(f"{a} → {b}" for a, b in pairs[:4])
        return self.found(
            case, subject, early=True, pairs=len(pairs), after=[a for a, _ in dict.fromkeys(pairs)]
        )


@diagnosis("frozen_layers")
@dataclass(frozen=True)
class FrozenLayers(Diagnosis):
    """Weights that are used, and never move.

    Layers that are fixed on purpose are only named where letting them go is clearly better.
    """

    stage = "pairing"
    harm = "What the layer could learn is lost; the others have to make do with chance."
    cause = "The gradient is cut off, or lost in a function of steps, or not wanted there."
    advice = "Drop .detach(), no_grad() and .data inside forward; set requires_grad."

    def examine(self, case: Case) -> Finding | None:
        if case.graph is None:
            return None
        used = {name for op in case.graph.operations for name in op.parameters}
        pulls = case.layers("pull")
        cut = [n for n, v in pulls.items() if v < 0 and n in used and "weight" in n]
        fixed = [n for n in case.layers("fixed") if n in used and "weight" in n]
        missing = [n for n in case.layers("not_in_optimizer") if n in used or not used]
        lost = [
            op.module or op.function for op in case.graph.of_kind("affine") if not op.parameters
        ]
        if lost:
            return self.found(case, ", ".join(lost[:4]), early=True, certain=True,
                              why="not registered", layers=len(lost))  # fmt: skip
        flat = [op.function for op in case.graph.hidden("stepwise")]
        still = [n for n, v in pulls.items() if v == 0 and n in used and "weight" in n]
        if flat and still:
            return self.found(
                case, _layers_of(still), early=True, parameters=len(still), why="steps are flat",
                functions=[*dict.fromkeys(flat)],
            )  # fmt: skip
        frozen = cut or missing or fixed
        if not frozen:
            return None
        certain = bool(missing or (cut and case.graph.cut))
        why = "no gradient arrives" if cut else "not in the optimizer" if missing else "marked so"
        return self.found(
            case, _layers_of(frozen), early=True, certain=certain, parameters=len(frozen), why=why
        )


def _layers_of(parameters: Sequence[str]) -> str:
    """The first few layers of some parameters."""
    return ", ".join(sorted({n.rpartition(".")[0] or n for n in parameters})[:4])
