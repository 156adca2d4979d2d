"""Raw rows in, predictions out: what a run hands over, and what its test rows are judged with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import torch
from scipy.special import expit, softmax

from ..cleaners import Plan
from ..errors import SchemaError
from ..models import Model, Population
from ..sources import read
from ..table import Table, Target, like
from ..transforms import Encoder, Features, TargetScale
from .ensemble import apply_temperature

__all__ = ["Predictor", "to_predictions"]

BLOCK = 1024  # rows of one product, which bounds the memory
MANY = 16 * BLOCK  # rows whose answers of all members are held at once


@dataclass(frozen=True, eq=False)
class Predictor:
    """A trained model with everything that its raw rows go through.

    Args:
        plan: how rows are cleaned.
        encoder: how columns become numbers.
        model: what the networks look like.
        population: the k networks of the ensemble, in double precision.
        weights: (k,) of the members' predictions; they sum to 1.
        target: the column that is predicted.
        target_scale: of a regression.
        temperature: of the ensemble's probabilities; 1 leaves them alone.
    """

    plan: Plan
    encoder: Encoder
    model: Model
    population: Population
    weights: tuple[float, ...]
    target: Target
    target_scale: TargetScale | None = None
    temperature: float = 1.0

    @property
    def columns(self) -> list[str]:
        """The columns that a row must have."""
        return [column.name for column in self.plan.schema.columns]

    def predict(self, data: Any) -> Any:
        """The label or the number of each row, in the caller's own kind of column.

        Args:
            data: raw rows: pandas, polars, Arrow, NumPy, a dict of columns, records, or a Table.
        Returns:
            A column called as the target: a NumPy array for arrays, else a frame's column.
        Raises:
            SchemaError: columns are missing, or do not hold what they held in training.
        """
        return _column(data, self.frame(data).select(pl.col("prediction").alias(self.target.name)))

    def predict_proba(self, data: Any) -> Any:
        """The probability of each class, one column a class, in the caller's own kind of frame.

        Raises:
            SchemaError: columns do not fit, or the model predicts numbers.
        """
        if not self.target.classes:
            raise SchemaError(
                "a regression has no probabilities", where=self.target.name, hint="predict"
            )
        frame = self.frame(data).drop("prediction")
        return like(data, frame.rename({f"p:{c}": c for c in self.target.classes}))

    def frame(self, data: Any) -> pl.DataFrame:
        """``prediction``, and ``p:CLASS`` for each class; a row for each raw row, in order."""
        table = data if isinstance(data, Table) else read(data)
        values = self.values(self.plan.replay(table).frame)
        if not self.target.classes:
            return pl.DataFrame({"prediction": values})
        labels = pl.Series(self.target.classes)[values.argmax(axis=1)]
        columns = {f"p:{c}": values[:, i] for i, c in enumerate(self.target.classes)}
        return pl.DataFrame({"prediction": labels, **columns})

    def values(self, cleaned: pl.DataFrame) -> np.ndarray:
        """(N, C) probabilities, or (N,) in target units, of cleaned rows."""
        return self.values_of(self.encoder.apply(cleaned))

    def values_of(self, features: Features) -> np.ndarray:
        """(N, C) probabilities, or (N,) in target units, of encoded rows."""
        if not len(features):
            return np.zeros((0, len(self.target.classes)) if self.target.classes else 0)
        if len(features) > MANY:
            places = np.arange(len(features))
            starts = range(0, len(features), MANY)
            parts = [self.values_of(features.take(places[i : i + MANY])) for i in starts]
            return np.concatenate(parts)
        each = to_predictions(self._outputs(features), self.target, self.target_scale)
        # A sum member by member, not a product: that would round rows by their place.
        mixed = np.zeros(each.shape[1:])
        for weight, prediction in zip(self.weights, each, strict=True):
            mixed += weight * prediction
        return apply_temperature(mixed, self.temperature) if self.target.classes else mixed

    def _outputs(self, features: Features) -> np.ndarray:
        """(k, N, T) raw outputs: double precision inside, rounded to single.

        A matrix product sums in an order that may hang on the number of rows and on a row's place
        among them; what that changes lies far below single precision.
        """
        inputs = [torch.from_numpy(np.ascontiguousarray(array)) for array in features.arrays]
        with torch.inference_mode():
            parts = []
            for i in range(0, len(features), BLOCK):
                *pixels, dense, codes = (t[i : i + BLOCK] for t in inputs)
                parts.append(self.population(*pixels, dense.double(), codes))
            return torch.cat(parts, dim=1).float().double().numpy()


def to_predictions(outputs: np.ndarray, target: Target, scale: TargetScale | None) -> np.ndarray:
    """Raw outputs (k, N, T) → probabilities (k, N, C), or numbers (k, N) in target units."""
    if target.task == "binary":
        p = expit(outputs[..., 0])
        return np.stack([1 - p, p], axis=-1)
    if target.task == "multiclass":
        return np.asarray(softmax(outputs, axis=-1))
    assert scale is not None
    return scale.back(outputs[..., 0])


def _column(data: Any, frame: pl.DataFrame) -> Any:
    """A one-column frame as a column of the caller's kind."""
    answer: Any = frame if isinstance(data, pl.LazyFrame) else like(data, frame)
    if isinstance(answer, np.ndarray):
        return answer.reshape(-1)
    return answer if len(answer.shape) == 1 else answer[frame.columns[0]]
