"""Pictures of a classifier: confusion, ROC, precision and recall, calibration."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ..measures import Bin, Floats, calibration, confusion, precision_recall, roc
from ..plots import Frame, axes, bars, clipped, dots, frame_of, line, picture, rule
from ..rows_plot import matrix
from ..run_data import RunData
from ..scales import Scale
from ..svg import tag
from ..text import cut, joined, plural, score, share

__all__ = ["class_pictures"]

Codes = npt.NDArray[np.int64]
MAX_CLASSES = 12
MAX_TABLE = 40
UNIT = Scale(0.0, 1.0, 0, 1)


@dataclass(frozen=True)
class ClassRow:
    """How one class is met."""

    name: str
    rows: str
    precision: str
    recall: str
    f1: str


def class_pictures(run: RunData, rows: pl.DataFrame) -> dict[str, object]:
    """What can be drawn from labels, and from probabilities where there are any."""
    classes = run.classes
    truth, said = _codes(rows["target"], classes), _codes(rows["prediction"], classes)
    known = truth >= 0
    if len(classes) < 2 or not known.any():
        return {}
    counts = confusion(truth, said, len(classes))
    found: dict[str, object] = {"classes": class_table(counts, classes)}
    found["matrix"], found["others"] = _matrix(counts, classes, run.target)
    probabilities = run.probabilities(rows)
    if len(classes) == 2:
        found |= _binary_words(counts, classes) | {"threshold": run.metrics["threshold"].number}
        if probabilities is not None:
            found |= _binary_curves(run, probabilities[known, 1], truth[known] == 1, counts)
    else:
        found["confused"] = _most_confused(counts, classes)
        if probabilities is not None:
            top = probabilities[known]
            right = top.argmax(axis=1) == truth[known]
            found["calibration"] = _calibration(
                top.max(axis=1),
                right,
                ("how sure the model is of its answer", "share of right answers"),
            )
    return found


def _codes(values: pl.Series, classes: list[str]) -> Codes:
    """Class indices; -1 for a label that is no class."""
    place = {label: index for index, label in enumerate(classes)}
    return np.array([place.get(str(label), -1) for label in values.to_list()], dtype=np.int64)


def _matrix(counts: Codes, classes: list[str], target: str) -> tuple[str, int]:
    """The confusion matrix; of many classes the most frequent, the rest taken together."""
    names = [cut(label, 40) for label in classes]
    hidden = 0
    if len(classes) > MAX_CLASSES:
        order = np.argsort(-counts.sum(axis=1), kind="stable")
        kept = np.sort(order[: MAX_CLASSES - 1])
        group = np.full(len(classes), len(kept))
        group[kept] = np.arange(len(kept))
        folded = np.zeros((len(kept) + 1, len(kept) + 1), dtype=np.int64)
        np.add.at(folded, (group[:, None], group[None, :]), counts)
        hidden = len(classes) - len(kept)
        counts, names = folded, [*(names[index] for index in kept), "others"]
    right = int(np.trace(counts))
    label = (
        f"Confusion matrix of {cut(target, 40)}: {share(right, int(counts.sum()))} of the rows lie "
        "on the diagonal, where prediction and truth agree."
    )
    return matrix(names, counts.tolist(), label), hidden


def class_table(counts: Codes, classes: list[str]) -> list[ClassRow]:
    """Precision, recall and F1 per class, the most frequent first."""
    order = np.argsort(-counts.sum(axis=1), kind="stable")[:MAX_TABLE]
    rows = []
    for index in order.tolist():
        hits = float(counts[index, index])
        real, called = float(counts[index].sum()), float(counts[:, index].sum())
        rows.append(
            ClassRow(
                cut(classes[index], 40),
                f"{real:,.0f}",
                score(hits / called) if called else "–",
                score(hits / real) if real else "–",
                score(2 * hits / (real + called)) if real + called else "–",
            )
        )
    return rows


def _binary_words(counts: Codes, classes: list[str]) -> dict[str, object]:
    hits, missed = int(counts[1, 1]), int(counts[1, 0])
    alarms = int(counts[0, 1])
    return {
        "positive": cut(classes[1], 40),
        "found": share(hits, hits + missed),
        "right_calls": share(hits, hits + alarms),
    }


def _most_confused(counts: Codes, classes: list[str]) -> str:
    """The mistakes made most often, in words."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:3].tolist()
    pairs = [divmod(place, len(classes)) for place in order if wrong.flat[place]]
    return joined(
        [
            f"{cut(classes[true], 24)} taken for {cut(classes[said], 24)} "
            f"({plural(int(wrong[true, said]), 'row')})"
            for true, said in pairs
        ]
    )


def _binary_curves(
    run: RunData, probability: Floats, positive: npt.NDArray[np.bool_], counts: Codes
) -> dict[str, object]:
    if not 0 < positive.sum() < len(positive):
        return {}
    wrong, right = roc(probability, positive)
    name = cut(run.classes[1], 24)
    hits, missed, alarms, quiet = counts[1, 1], counts[1, 0], counts[0, 1], counts[0, 0]
    spot = (alarms / max(alarms + quiet, 1), hits / max(hits + missed, 1))
    precise = (hits / max(hits + missed, 1), hits / max(hits + alarms, 1))
    base = float(positive.mean())
    recall, precision = precision_recall(probability, positive)
    auc = run.score(run.judged_on, "auc")
    area = f"; the area under it is {auc.words}" if auc else ""
    return {
        "roc": _curve(
            (wrong, right, spot),
            ("false alarms", f"share of {name} found"),
            f"ROC curve{area}.",
            diagonal=True,
        ),
        "precision": _curve(
            (recall, precision, precise),
            (f"share of {name} found (recall)", "share of calls that are right (precision)"),
            f"Precision over recall; guessing gives {share(base, 1)}.",
            base=base,
        ),
        "calibration": _calibration(
            probability, positive, (f"model says {name} with probability", f"share that is {name}")
        ),
    }


def _curve(
    data: tuple[Floats, Floats, tuple[float, float]],
    labels: tuple[str, str],
    spoken: str,
    *,
    diagonal: bool = False,
    base: float | None = None,
) -> str:
    """A curve in the unit square with the point of the chosen threshold on it."""
    xs, ys, spot = data
    frame = frame_of(UNIT, UNIT, height=290)
    guess = [_diagonal(frame)] if diagonal else []
    if base is not None:
        guess.append(rule(frame, base, "guessing", vertical=False))
    points = list(zip(xs.tolist(), ys.tolist(), strict=True))
    tip = f"at the threshold in use: {spot[0]:.3f}, {spot[1]:.3f}"
    return picture(
        frame,
        spoken,
        axes(frame, *labels),
        *guess,
        clipped(frame, line(frame, points, "valid")),
        dots(frame, [(*spot, tip)], "valid", 5),
    )


def _diagonal(frame: Frame) -> str:
    ends = {"x1": frame.left, "y1": frame.bottom, "x2": frame.right, "y2": frame.top}
    return tag("line", **ends, class_="rule")


def _calibration(
    probability: Floats, happened: npt.NDArray[np.bool_], labels: tuple[str, str]
) -> str:
    """Said against happened, with a histogram of how often each was said."""
    bins = calibration(probability, happened)
    frame = frame_of(UNIT, UNIT, height=290)
    most = max(bin_.rows for bin_ in bins)
    crowd = [_crowd(bin_, most) for bin_ in bins]
    marks: list[str] = [axes(frame, *labels)]
    marks += [bars(frame, crowd, "crowd"), _diagonal(frame)]
    for bin_ in bins:
        x = frame.x(bin_.said)
        ends = {"x1": x, "x2": x, "y1": frame.y(bin_.low), "y2": frame.y(bin_.high)}
        marks.append(tag("line", **ends, class_="interval best"))
    points = [(b.said, b.happened, _bin_words(b)) for b in bins]
    marks.append(line(frame, [(x, y) for x, y, _ in points], "valid thin"))
    marks.append(dots(frame, points, "valid", 3.5))
    spoken = "; ".join(f"said {b.said:.0%}, happened {b.happened:.0%}" for b in bins)
    return picture(frame, f"Calibration: {spoken}.", *marks)


def _crowd(bin_: Bin, most: int) -> tuple[float, float, float, str]:
    low = min(int(bin_.said * 10), 9) / 10
    return low, low + 0.1, 0.22 * bin_.rows / most, plural(bin_.rows, "row")


def _bin_words(bin_: Bin) -> str:
    return f"said {bin_.said:.0%}, happened {bin_.happened:.1%} of {plural(bin_.rows, 'row')}"
