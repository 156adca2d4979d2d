"""The bundle on disk: JSON and safetensors under digests; reading it runs no code from it."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from ..cleaners import Plan
from ..errors import BestfitError, FolderError
from ..files import digest, replace_folder
from ..models import Model, Population, model
from ..table import Table
from ..transforms import Encoder, TargetScale
from .predictor import Predictor

__all__ = ["load", "save"]

FORMAT, VERSION = "bestfit bundle", 3
MANIFEST, WEIGHTS = "manifest.json", "weights.safetensors"
MAX_MANIFEST_BYTES = 256 << 20
MAX_WEIGHTS_BYTES = 16 << 30
UNREADABLE = (
    ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError,
    pl.exceptions.PolarsError,
)  # fmt: skip
KEYS = {"format", "version", "files", "plan", "encoder", "model", "target_scale", "temperature"}


def save(predictor: Predictor, folder: Path) -> int:
    """Write a bundle, replacing the folder as a whole; returns its size in bytes."""
    tensors = {n: t.detach().cpu().float() for n, t in predictor.population.state_dict().items()}
    data = save_tensors({name: t.contiguous() for name, t in tensors.items()})
    scale = predictor.target_scale
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "files": {WEIGHTS: {"bytes": len(data), "sha256": digest(data)}},
        "plan": predictor.plan.to_dict(),
        "encoder": predictor.encoder.state(),
        "model": {
            "name": predictor.model.name,
            "settings": asdict(predictor.model),
            "n_outputs": predictor.target.n_outputs,
            "weights": list(predictor.weights),
        },
        "target_scale": None if scale is None else asdict(scale),
        "temperature": predictor.temperature,
    }
    manifest["digest"] = digest(_canonical(manifest))
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False).encode()
    replace_folder(folder, {WEIGHTS: data, MANIFEST: text}, last=MANIFEST)
    return len(data) + len(text)


def load(path: str | Path) -> Predictor:
    """Read a bundle, or the bundle of a run folder.

    Raises:
        FolderError: there is none, it is damaged, or it is of another version.
    """
    folder = Path(path)
    if (folder / "model" / MANIFEST).is_file():
        folder = folder / "model"
    text = _read(folder / MANIFEST, MAX_MANIFEST_BYTES)
    try:
        manifest = json.loads(text)
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise FolderError("this is no bundle of bestfit", where=str(folder))
        if manifest.get("version") != VERSION:
            raise FolderError("the bundle is of another version", where=str(folder))
        claimed = manifest.pop("digest", None)
        if claimed != digest(_canonical(manifest)) or set(manifest) != KEYS:
            raise FolderError("the bundle is damaged: manifest.json", where=str(folder))
        data = _read(folder / WEIGHTS, MAX_WEIGHTS_BYTES)
        if manifest["files"] != {WEIGHTS: {"bytes": len(data), "sha256": digest(data)}}:
            raise FolderError(f"the bundle is damaged: {WEIGHTS}", where=str(folder))
        predictor = _predictor(manifest, load_tensors(data))
        _try_out(predictor)
        return predictor
    except BestfitError:
        raise
    except UNREADABLE as error:
        raise FolderError("the bundle cannot be read", where=str(folder)) from error
    except Exception as error:  # safetensors' own error derives from Exception only
        if type(error).__name__ != "SafetensorError":
            raise
        raise FolderError("the weights cannot be read", where=str(folder)) from error


def _predictor(manifest: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> Predictor:
    plan = Plan.from_dict(manifest["plan"])
    target = plan.schema.target
    if target is None:
        raise FolderError("the bundle names no target")
    fewest, most = {"binary": (2, 2), "regression": (0, 0)}.get(target.task, (3, math.inf))
    if not fewest <= len(target.classes) <= most:
        raise FolderError("the bundle's classes do not fit its task")
    encoder = Encoder.from_state(manifest["encoder"])
    described = manifest["model"]
    weights = tuple(float(w) for w in described["weights"])
    shape = _model(described["name"], described["settings"])
    if described["n_outputs"] != target.n_outputs or not weights:
        raise FolderError("the bundle's network does not fit its target")
    if getattr(shape, "width", 1) * getattr(shape, "blocks", 1) > sum(
        t.numel() for t in tensors.values()
    ):
        raise FolderError("the bundle's weights do not fit its network")  # before it is allocated
    population = shape.build(encoder.layout, target.n_outputs, len(weights), seed=0)
    _fill(population, tensors)
    scale = manifest["target_scale"]
    return Predictor(
        plan=plan,
        encoder=encoder,
        model=shape,
        population=population,
        weights=weights,
        target=target,
        target_scale=None if scale is None else TargetScale(**scale),
        temperature=float(manifest["temperature"]),
    )


def _try_out(predictor: Predictor) -> None:
    """Predict a row of gaps: a manifest whose parts do not fit together fails here, not later."""
    gaps = pl.DataFrame({name: pl.Series([None], dtype=pl.String) for name in predictor.columns})
    if not np.isfinite(predictor.values(predictor.plan.replay(Table.of(gaps)).frame)).all():
        raise FolderError("the bundle's answers are not finite")


def _fill(population: Population, tensors: Mapping[str, torch.Tensor]) -> None:
    parameters = population.state_dict()
    if {n: p.shape for n, p in parameters.items()} != {n: t.shape for n, t in tensors.items()}:
        raise FolderError("the bundle's weights do not fit its network")
    with torch.no_grad():
        for name, parameter in parameters.items():
            if not bool(tensors[name].isfinite().all()):
                raise FolderError("the bundle's weights are not finite", where=name)
            parameter.copy_(tensors[name])
    population.double().eval()


def _model(name: object, settings: object) -> Model:
    cls = model[str(name)]
    known = {field.name for field in fields(cls)}
    if not isinstance(settings, dict) or set(settings) != known:
        raise FolderError("the bundle's network has unknown settings")
    plain = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
    if any(isinstance(v, float) and not math.isfinite(v) for v in plain.values()):
        raise FolderError("the bundle's network has settings that are not finite")
    return cls(**plain)


def _canonical(manifest: Mapping[str, Any]) -> bytes:
    plain = json.loads(json.dumps(manifest, allow_nan=False))
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        if path.stat().st_size > max_bytes:
            raise FolderError(f"this file is larger than {max_bytes} bytes", where=str(path))
        return path.read_bytes()
    except OSError:
        raise FolderError("no model here", where=str(path.parent), hint="bestfit runs") from None
