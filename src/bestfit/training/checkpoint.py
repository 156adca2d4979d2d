"""A training on disk: whole, verified, and resumed bit for bit.

Random streams and the sampler follow from the seed and the step, so the step is all they need.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor

from ..errors import FolderError
from ..files import digest, recover_folder, replace_folder
from ..optimizers import optimizer
from .best import Best
from .members import Member
from .state import TrainState

__all__ = ["Snapshot", "load_checkpoint"]

TENSORS, MANIFEST = "state.safetensors", "checkpoint.json"


class Snapshot:
    """A training as it stands now: bytes, which nothing that comes later can change.

    Args:
        state: of the training.
        best: of its members.
        extra: JSON-able facts that must be the same on resume, for instance digests.
        notes: JSON-able facts that resume gives back.
    """

    def __init__(
        self,
        state: TrainState,
        best: Best,
        extra: Mapping[str, Any],
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        tensors = _tensors(state, best)
        # A count may be shared by tensors that one call moves; safetensors wants each by itself.
        apart = {name: t if t.dim() else t.clone() for name, t in tensors.items()}
        self.data = save({name: t.cpu().contiguous() for name, t in apart.items()})
        self.manifest = {
            "step": state.step,
            "n_steps": state.n_steps,
            "loss_rows": state.loss_rows,
            "microbatch": state.microbatch,
            "members": [_described(member) for member in state.members],
            "best": {key: getattr(best, key).tolist() for key in ("step", "stale")},
            "best_score": [float(s).hex() for s in best.score],
            "notes": dict(notes or {}),
            **extra,
        }

    def write(self, folder: Path) -> None:
        """Replace the checkpoint; the previous one stands until this one is complete."""
        self.manifest["tensors"] = {"bytes": len(self.data), "sha256": digest(self.data)}
        text = json.dumps(self.manifest, indent=1).encode()
        replace_folder(folder, {TENSORS: self.data, MANIFEST: text}, last=MANIFEST)


def load_checkpoint(
    folder: Path, state: TrainState, best: Best, extra: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Bring a fresh state to where the checkpoint was.

    Returns:
        the notes that were saved with it; None where there is no checkpoint.
    Raises:
        FolderError: the checkpoint is damaged, or belongs to other rows or another config.
    """
    recover_folder(folder)
    if not (folder / MANIFEST).is_file():
        return None
    try:
        data = (folder / TENSORS).read_bytes()
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if manifest["tensors"] != {"bytes": len(data), "sha256": digest(data)}:
            raise FolderError("the checkpoint is damaged", where=str(folder))
        different = [key for key, value in extra.items() if manifest[key] != value]
        if different:
            raise FolderError(
                f"the checkpoint was made with another {', '.join(different)}", where=str(folder)
            )
        _restore(state, best, manifest, load(data))
    except (ValueError, KeyError, TypeError, FileNotFoundError) as error:
        raise FolderError("the checkpoint cannot be read", where=str(folder)) from error
    return dict(manifest["notes"])


def _tensors(state: TrainState, best: Best) -> dict[str, Tensor]:
    tensors = {}
    if state.members:
        tensors = {f"model/{n}": t for n, t in state.population.by_member_tensors().items()}
    tensors |= {f"best/{n}": w for n, w in best.weights.items()}
    tensors |= {"best.outputs": torch.from_numpy(best.outputs), "skipped": state.skipped}
    tensors |= {"loss_sum": state.loss_sum}
    tensors |= {f"clipping/{name}": known for name, known in state.clipping.items()}
    if state.scale is not None:
        tensors |= {"scale.factor": state.scale.factor, "scale.good": state.scale.good}
    for m, mover in enumerate(state.movers if state.members else ()):
        for i, entries in enumerate(mover.entries()):
            tensors |= {f"optimizer/{m}/{i}/{key}": value for key, value in entries.items()}
    return tensors


def _restore(
    state: TrainState, best: Best, manifest: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> None:
    state.seat([_member(described) for described in manifest["members"]])
    state.step, state.n_steps = int(manifest["step"]), int(manifest["n_steps"])
    state.loss_rows = float(manifest["loss_rows"])
    state.microbatch = manifest["microbatch"]
    state.skipped = tensors["skipped"].to(state.device)
    state.loss_sum = tensors["loss_sum"].to(state.device)
    state.clipping = {
        name.removeprefix("clipping/"): known.to(state.device).clone()
        for name, known in tensors.items()
        if name.startswith("clipping/")
    }
    if state.scale is not None:
        state.scale.factor = tensors["scale.factor"].to(state.device)
        state.scale.good = tensors["scale.good"].to(state.device)
    if state.members:
        for name, tensor in state.population.by_member_tensors().items():
            tensor.copy_(tensors[f"model/{name}"])
    for m, mover in enumerate(state.movers if state.members else ()):
        found: list[dict[str, Tensor]] = [{} for _ in mover.params]
        for key, tensor in tensors.items():
            if key.startswith(f"optimizer/{m}/"):
                _, _, i, entry = key.split("/", 3)
                found[int(i)][entry] = tensor
        mover.adopt(found)
    known = {n.removeprefix("best/"): t for n, t in tensors.items() if n.startswith("best/")}
    best.weights = {name: tensor.to(state.device) for name, tensor in known.items()}
    best.outputs = tensors["best.outputs"].numpy().copy()
    best.step = np.array(manifest["best"]["step"], np.int64)
    best.stale = np.array(manifest["best"]["stale"], np.int64)
    best.score = np.array([float.fromhex(s) for s in manifest["best_score"]])


def _described(member: Member) -> dict[str, Any]:
    numbers = {key: getattr(member, key) for key in ("number", "lr", "weight_decay", "born")}
    return {**numbers, "optimizer": member.rule.name, "settings": asdict(member.rule)}


def _member(described: Mapping[str, Any]) -> Member:
    settings = {k: tuple(v) if isinstance(v, list) else v for k, v in described["settings"].items()}
    rule = optimizer[str(described["optimizer"])](**settings)
    numbers = {key: described[key] for key in ("number", "lr", "weight_decay", "born")}
    return Member(rule=rule, **numbers)
