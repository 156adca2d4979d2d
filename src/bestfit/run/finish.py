"""After training: one model from the members, judged once on the test rows, explained, saved."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import polars as pl
import torch

from ..bundle import Predictor, greedy_weights, temperature
from ..config import RunConfig
from ..models import Model, Population
from ..table import Target
from ..transforms import Encoder
from .fit import Fit
from .populate import Members
from .rows import Encoded, Parts

__all__ = ["assemble", "held_back", "judge"]


def assemble(
    fitting: Fit, encoded: Encoded, parts: Parts, members: Members, config: RunConfig
) -> tuple[Predictor, np.ndarray]:
    """Choose and weigh members on validation rows, calibrate, and pack what is needed.

    Each member stands with the weights of its best look.

    Returns:
        the model, and (k,) the weight of each first member in it.
    """
    best, look = fitting.best, fitting.look
    seen = look.predictions(best.outputs)
    candidates = np.flatnonzero(np.isfinite(best.score))
    if not len(candidates):
        candidates = np.arange(len(best.score))
    weights = greedy_weights(
        seen, lambda mean: float(look.criterion(mean[None])[0]), config.selection.max_members,
        candidates,
    )  # fmt: skip
    chosen = np.flatnonzero(weights)
    heat = 1.0
    if parts.target.classes and config.selection.calibrate:
        mixed = np.tensordot(weights[chosen], seen[chosen], axes=1)
        heat = temperature(mixed, look.y)
    plain = plain_shape(members.shape(config, chosen.tolist()))
    predictor = Predictor(
        plan=parts.cleaned.plan,
        encoder=encoded.encoder,
        model=plain,
        population=_population(plain, best.weights, chosen, encoded.encoder, parts.target),
        weights=tuple(float(w) for w in weights[chosen]),
        target=parts.target,
        target_scale=encoded.scale,
        temperature=heat,
    )
    return predictor, weights


def plain_shape(shape: Model) -> Model:
    """Without what matters in training only."""
    gone = {"dropout": 0.0, "embedding_scale": 1.0}
    known = {field.name for field in fields(shape)}
    return replace(shape, **{k: v for k, v in gone.items() if k in known})


def _population(
    plain: Model,
    weights: dict[str, torch.Tensor],
    chosen: np.ndarray,
    encoder: Encoder,
    target: Target,
) -> Population:
    """The chosen members, each with its best weights."""
    population = plain.build(encoder.layout, target.n_outputs, len(chosen), seed=0)
    with torch.no_grad():
        for name, tensor in population.state_dict().items():
            tensor.copy_(weights[name][torch.from_numpy(chosen)])
    return population.double().eval()


def judge(predictor: Predictor, encoded: Encoded) -> dict[str, np.ndarray]:
    """The final predictions of every part; the test rows are looked at here, once."""
    return {part: predictor.values_of(encoded.features[part]) for part in encoded.features}


def held_back(
    parts: Parts, predictions: dict[str, np.ndarray], names: Sequence[str] = ("valid", "test")
) -> pl.DataFrame:
    """The table of ``predictions.parquet``."""
    frames = []
    for part in names:
        values = predictions[part]
        truth = parts.table(part).frame[parts.target.name]
        columns: dict[str, Any] = {
            "row": parts.rows_of(part),
            "part": [part] * len(values),
            "target": truth,
        }
        if parts.target.classes:
            columns["prediction"] = pl.Series(parts.target.classes)[values.argmax(axis=1)]
            for i, label in enumerate(parts.target.classes):
                columns[f"p:{label}"] = values[:, i].astype(np.float32)
        else:
            columns["prediction"] = values
        frames.append(pl.DataFrame(columns))
    return pl.concat(frames)
