"""The report's words: what a metric means, and terms a reader may not know."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from markupsafe import Markup

from .text import compact, share

__all__ = [
    "TERMS",
    "VERDICTS",
    "Glossary",
    "higher_is_better",
    "meaning",
    "metric_label",
    "metric_words",
]

LABELS = {
    "accuracy": "Accuracy",
    "auc": "ROC AUC",
    "average_precision": "Average precision",
    "balanced_accuracy": "Balanced accuracy",
    "brier": "Brier score",
    "f1": "F1",
    "log_loss": "Log loss",
    "mae": "Mean absolute error",
    "mape": "Mean absolute percentage error",
    "mcc": "Matthews correlation",
    "median_absolute_error": "Median absolute error",
    "mse": "Mean squared error",
    "precision": "Precision",
    "r2": "R²",
    "recall": "Recall",
    "rmse": "RMSE",
    "rmsle": "RMSLE",
}
SMALLER = {
    *("brier", "log_loss", "mae", "mape", "median_absolute_error", "mse", "rmse", "rmsle"),
}
MEANINGS: dict[str, Callable[[float], str]] = {
    "accuracy": lambda v: f"{_of_100(v)} of 100 rows get the right answer.",
    "auc": lambda v: (
        "Take one row of each class at random: the model ranks the two correctly "
        f"{_of_100(v)} times out of 100. Guessing gives 50."
    ),
    "average_precision": lambda v: (
        "Precision averaged over all thresholds; 1 is perfect, guessing gives the share of "
        "the positive class."
    ),
    "balanced_accuracy": lambda v: (
        f"On average over the classes, {_of_100(v)} of 100 rows of a class get the right answer."
    ),
    "brier": lambda v: "The mean squared distance between probability and outcome; 0 is perfect.",
    "f1": lambda v: "Precision and recall in one number (their harmonic mean); 1 is perfect.",
    "log_loss": lambda v: (
        "The right class typically gets a probability of "
        f"{share(math.exp(-min(max(v, 0.0), 50.0)), 1)}. Smaller is better, 0 is perfect."
    ),
    "mae": lambda v: f"On average a prediction is off by {compact(v)}.",
    "median_absolute_error": lambda v: (
        f"Half of the predictions are off by less than {compact(v)}."
    ),
    "r2": lambda v: f"The model explains {share(max(v, 0.0), 1)} of the variation of the target.",
    "rmse": lambda v: (
        f"A prediction is typically off by about {compact(v)}; large errors count more."
    ),
    "rmsle": lambda v: (
        f"A prediction is typically off by a factor of about {math.exp(min(v, 50.0)):.2f}."
    ),
}
VERDICTS = {
    "underfit": "It learnt too little: a simple model does better, or it had not finished.",
    "bestfit": "It learnt what the data can teach, and it does as well on rows it never saw.",
    "overfit": "It learnt its training rows by heart: on rows it never saw it does worse "
    "than it could.",
}
TERMS = {
    "anchor": "a simple, well-known model trained on the same rows, to compare with",
    "calibration": "whether what is called 80 % certain happens 80 % of the time",
    "ensemble": "several networks whose predictions are averaged",
    "epoch": "one pass over all training rows",
    "gradient": "the direction and the strength in which the data pulls a layer's weights",
    "interval": "where the number would lie in 95 of 100 repeats with other rows",
    "learning rate": "the size of the steps by which weights move",
    "log scale": "equal distances are equal factors, so small and large values both show",
    "loss": "the number that training makes smaller: how wrong the predictions are",
    "member": "one of the networks trained side by side, each with settings of its own",
    "norm": "the length of a vector, here the overall strength",
    "test rows": "rows held back and looked at once, when everything was decided",
    "threshold": "the probability from which on a row is called positive",
    "training rows": "rows the network learns from",
    "validation rows": "rows the network does not learn from, used to choose when to stop",
}


def metric_label(name: str) -> str:
    """How a metric is called in print.

    >>> metric_label("auc"), metric_label("my_metric")
    ('ROC AUC', 'My metric')
    """
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def metric_words(name: str) -> str:
    """The label within a sentence.

    >>> metric_words("auc"), metric_words("log_loss"), metric_words("brier")
    ('ROC AUC', 'log loss', 'Brier score')
    """
    label = metric_label(name)
    proper = name in ("brier", "mcc") or label[1:2].isupper() or label[1:2].isdigit()
    return label if proper or label == "R²" else label[:1].lower() + label[1:]


def higher_is_better(name: str) -> bool:
    """Whether a larger value of a metric is better; unknown ones are scores."""
    return name not in SMALLER and not name.endswith(("loss", "error"))


def meaning(name: str, value: float | None) -> str:
    """One sentence that says what a value of a metric means; "" for an unknown metric.

    >>> meaning("accuracy", 0.874)
    '87 of 100 rows get the right answer.'
    """
    return MEANINGS[name](value) if name in MEANINGS and value is not None else ""


def _of_100(value: float) -> str:
    return f"{100 * value:.0f}" if value < 0.995 else f"{100 * value:.1f}".removesuffix(".0")


@dataclass
class Glossary:
    """Explains each term where the reader meets it first.

    >>> page = Glossary()
    >>> page("epoch"), page("epoch", "epochs")
    (Markup('<dfn>epoch</dfn> (one pass over all training rows)'), Markup('epochs'))
    """

    met: set[str] = field(default_factory=set)

    def __call__(self, term: str, spelt: str = "") -> Markup:
        """The term, spelt as asked; with its meaning the first time."""
        spelt = spelt or term
        if term in self.met:
            return Markup("{}").format(spelt)
        self.met.add(term)
        return Markup("<dfn>{}</dfn> ({})").format(spelt, TERMS[term])
