"""What a guest may say without trials of its own: only what has lasted and does harm."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev
from typing import Any

from ..diagnoses import Finding, diagnosis
from ..graph import Graph
from ..history import History

__all__ = ["Seen", "judged"]

WINDOWS = 20
STILL = 0.9  # of the first loss: above, next to nothing was learnt
HALF = 0.5  # of a layer's units
MIN_STEPS = 30
SETTLED = 150  # steps after which running statistics should have caught up
LASTING, APART = 2, 0.7  # samples in which answers lie so far apart, in their own spread
MIN_ROWS = 100


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Everything that was heard.

    Args:
        step: steps taken.
        losses: of each step that was recorded.
        valid: step and loss of validation rows.
        history: of layers.
        first: of weights before the first step, by name and parameter.
        graphs: of the latest samples, on the latest rows.
        rows: how many of the latest inputs the graphs were made with.
        strangers: parameters that no group of the optimizer holds.
        silent: parameters that never had a gradient.
        lr: the step size.
        bad_cells: of inputs, that were no numbers.
    """

    step: int
    losses: Sequence[float]
    valid: Sequence[tuple[int, float]]
    history: History
    first: Mapping[tuple[str, str], float]
    graphs: Sequence[Graph]
    rows: int
    strangers: Sequence[str]
    silent: Sequence[str]
    lr: float
    bad_cells: int = 0

    @property
    def windows(self) -> list[float]:
        """The mean loss of up to 20 stretches."""
        size = max(1, math.ceil(len(self.losses) / WINDOWS))
        return [fmean(self.losses[i : i + size]) for i in range(0, len(self.losses), size)]

    @property
    def stuck(self) -> bool:
        """Whether the loss is still near where it began, after some steps."""
        if len(self.losses) < MIN_STEPS or not all(map(math.isfinite, self.losses)):
            return False
        noise = 2 * stdev(self._first) / math.sqrt(len(self._first))
        fallen = self.start - fmean(self.windows[-5:])
        return fallen < (1 - STILL) * abs(self.start) + noise

    @property
    def start(self) -> float:
        """The mean loss of the first steps; they are as noisy as the later ones."""
        return fmean(self._first)

    @property
    def _first(self) -> Sequence[float]:
        return self.losses[: max(3, len(self.losses) // 20)]

    def ratios(self) -> list[float]:
        """Of each sample, the largest relative update of a layer."""
        by_step: dict[int, float] = {}
        for subject in self.history.subjects("update_ratio"):
            for step, value in self.history.series("update_ratio", subject=subject):
                by_step[step] = max(by_step.get(step, 0.0), value)
        return [by_step[step] for step in sorted(by_step)]


def judged(seen: Seen) -> list[Finding]:
    """The findings, causes before what they bring about."""
    found = [*_certain(seen)]
    if lost := _lost(seen):
        return [*found, lost]
    return [*found, *_units(seen), *_norms(seen), *_steps(seen), *_fit(seen)]


def _said(name: str, seen: Seen, subject: str = "", **evidence: Any) -> Finding:
    kind = diagnosis[name]
    return Finding(
        name=name, subject=subject, step=seen.step, evidence=evidence, harm=kind.harm,
        cause=kind.cause, advice=kind.advice,
    )  # fmt: skip


def _certain(seen: Seen) -> Iterator[Finding]:
    if seen.strangers or seen.silent:
        names = [*seen.strangers, *(n for n in seen.silent if n not in seen.strangers)]
        counts = {"not_in_optimizer": len(seen.strangers), "without_gradient": len(seen.silent)}
        yield _said("frozen_layers", seen, ", ".join(names[:4]), **counts)
    if seen.bad_cells:
        yield _said("nonfinite_data", seen, "inputs", cells=seen.bad_cells)
    last = seen.graphs[-1].last if seen.graphs else None
    own = set() if last is None else set(last.parameters)
    alike = [n for (what, n), v in seen.first.items() if what == "alike" and v and n not in own]
    if alike and seen.graphs and seen.stuck:
        yield _said("bad_initialisation", seen, ", ".join(alike[:4]), weights="alike")


def _lost(seen: Seen) -> Finding | None:
    """A loss that is no number any more; and why, where that shows."""
    at = next((i for i, v in enumerate(seen.losses) if not math.isfinite(v)), None)
    if at is None:
        return None
    if seen.bad_cells:
        return None  # told already
    return _said("exploding_gradient", seen, "loss", first_step_without_a_number=at + 1, lr=seen.lr)


def _units(seen: Seen) -> Iterator[Finding]:
    enough = seen.rows >= MIN_ROWS and len(seen.graphs) >= 2
    harm = len(seen.losses) < 3 or seen.stuck
    for what, kind, name in (
        ("dead", "rectified", "dead_relu"), ("saturated", "bounded", "saturated_activation"),
    ):  # fmt: skip
        if not enough or not harm:
            return
        for op, before in zip(*(graph.of_kind(kind) for graph in seen.graphs[-1:-3:-1]),
                              strict=False):  # fmt: skip
            share = min(op.facts.get(what, 0.0), before.facts.get(what, 0.0))
            if share >= HALF and op is not seen.graphs[-1].last:
                yield _said(name, seen, op.module or op.function, share_of_units=share)
                break
    pairs = seen.graphs[-1].linear_pairs() if seen.graphs else []
    if pairs and seen.stuck:
        yield _said("missing_activation", seen, " → ".join(pairs[0]), pairs=len(pairs))


def _norms(seen: Seen) -> Iterator[Finding]:
    apart = [v for _, v in seen.history.series("train_eval_difference", subject="")][-LASTING:]
    if seen.step >= SETTLED and len(apart) == LASTING and min(apart) > APART:
        yield _said("batchnorm_mismatch", seen, "network", answers_apart=min(apart))


def _steps(seen: Seen) -> Iterator[Finding]:
    windows, ratios = seen.windows, seen.ratios()
    if len(seen.losses) < MIN_STEPS:
        return
    start = seen.start
    if min(windows[-3:]) - start > 0.2 * abs(start):
        evidence = {"loss_at_start": start, "loss_now": windows[-1], "lr": seen.lr}
        yield _said("learning_rate_too_high", seen, "step size", **evidence,
                    update_against_weights=max(ratios, default=0.0))  # fmt: skip
        return
    if seen.stuck and ratios and len(seen.losses) >= 100 and max(ratios) < 1e-5:
        yield _said("learning_rate_too_low", seen, "step size", lr=seen.lr,
                    update_against_weights=max(ratios))  # fmt: skip
        return
    if seen.stuck and (pull := _weakest_pull(seen)) is not None and pull[1] < 1e-3:
        yield _said("vanishing_gradient", seen, pull[0], weakest_against_strongest=pull[1])
    later = windows[len(windows) // 2 :]
    moves = [b - a for a, b in pairwise(later)]
    up = sum(m for m in moves if m > 0)
    if len(moves) >= 6 and up > 0.35 * sum(map(abs, moves)) and up / len(moves) > 0.15 * abs(start):
        yield _said("oscillating_loss", seen, "training loss", rises_against_start=up / abs(start))


def _weakest_pull(seen: Seen) -> tuple[str, float] | None:
    """The layer that is pulled least against its weights in early samples, by the strongest."""
    pulls = {}
    for subject in seen.history.subjects("grad_norm"):
        grads = seen.history.series("grad_norm", subject=subject)[:3]
        weights = seen.history.series("weight_norm", subject=subject)[:3]
        pulls[subject] = fmean(
            g / max(w, 1e-12) for (_, g), (_, w) in zip(grads, weights, strict=True)
        )
    if len(pulls) < 3 or not max(pulls.values()):
        return None
    weakest = min(pulls, key=lambda name: pulls[name])
    return weakest, pulls[weakest] / max(pulls.values())


def _fit(seen: Seen) -> Iterator[Finding]:
    values = [v for _, v in seen.valid]
    if len(values) < 6 or not all(map(math.isfinite, values)):
        return
    best = values.index(min(values))
    risen = (min(values[-3:]) - values[best]) / max(abs(values[best]), 1e-12)
    if best < len(values) - 3 and risen > 0.15 and seen.windows[-1] < seen.windows[0]:
        yield _said("overfitting", seen, "network", best_validation_at_step=seen.valid[best][0],
                    risen_by=risen)  # fmt: skip
