"""Numbers of a size that the first and last layer have to learn before anything else."""

from dataclasses import dataclass

from ..graph import Graph
from .base import Diagnosis, Finding, diagnosis
from .case import Case
from .weights import SaturatedActivation, saturated

__all__ = [
    "UnscaledInputs",
    "UnscaledTargets",
]


@diagnosis("unscaled_inputs")
@dataclass(frozen=True)
class UnscaledInputs(Diagnosis):
    """Columns that are huge, tiny, far from zero, or of very different sizes; or are made so by
    the network before its first layer.

    Args:
        max_size: root mean square of the largest column.
        min_size: standard deviation of the largest column.
        max_offset: mean against standard deviation.
        max_ratio: between the largest and the smallest column.
    """

    max_size: float = 6.0
    min_size: float = 0.12
    max_offset: float = 4.0
    max_ratio: float = 1000.0

    stage = "scale"
    harm = "One step size cannot fit columns of such sizes: layers saturate or stand still."
    cause = "Inputs are in raw units."
    advice = "Subtract each column's training mean and divide by its standard deviation."

    def examine(self, case: Case) -> Finding | None:
        if case.graph is None or "scale_high" not in case.rows:
            return None
        if all(op.kind == "norm" for op in case.graph.first) and case.graph.first:
            return None
        high, low, offset = (case.fact(n) for n in ("scale_high", "scale_low", "offset"))
        ratio = high / max(case.fact("scale_least", high), 1e-30)
        off = high > self.max_size or 0 < low < self.min_size or offset > self.max_offset
        if not off and ratio < self.max_ratio:
            return self._within(case, case.graph)
        return self.found(
            case, "inputs", early=True, largest_column=high, smallest_column=high / ratio,
            mean_in_standard_deviations=offset,
        )  # fmt: skip

    def _within(self, case: Case, graph: Graph) -> Finding | None:
        if saturated(case, first=True)[1] >= SaturatedActivation.min_saturated:
            return None
        sizes = [size for op, size in graph.amplified() if graph.before(op) == -1]
        return self.found(case, "network", early=True, read_within=sizes[0]) if sizes else None


@diagnosis("unscaled_targets")
@dataclass(frozen=True)
class UnscaledTargets(Diagnosis):
    """Numbers to predict that are far larger, smaller or farther from zero than outputs are.

    Args:
        max_size: standard deviation.
        min_size: standard deviation.
        max_offset: mean against standard deviation.
    """

    max_size: float = 6.0
    min_size: float = 0.12
    max_offset: float = 3.0

    stage = "scale"
    harm = "The last layer has to grow, step by step, to the size of the targets."
    cause = "Targets are in raw units."
    advice = "Train on standardised targets and turn predictions back."

    def examine(self, case: Case) -> Finding | None:
        if case.classes or "y_spread" not in case.rows:
            return None
        spread = case.fact("y_core") or case.fact("y_spread")
        offset = case.fact("y_mean") / max(spread, 1e-30)
        if self.min_size <= spread <= self.max_size and offset <= self.max_offset:
            return None
        return self.found(case, "targets", early=True, standard_deviation=spread,
                          mean=case.fact("y_mean"))  # fmt: skip
