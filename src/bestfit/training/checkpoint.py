"""A training on disk: whole, verified, and resumed bit for bit.

Random streams and the sampler follow from the seed and the step, so the step is all they need.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor

from ..errors import FolderError
from ..folder import digest, recover_folder, replace_folder
from .best import Best
from .state import TrainState

__all__ = ["load_checkpoint", "save_checkpoint"]

TENSORS, MANIFEST = "state.safetensors", "checkpoint.json"


def save_checkpoint(folder: Path, state: TrainState, best: Best, extra: Mapping[str, Any]) -> None:
    """Write the whole state; the previous checkpoint stands until this one is complete.

    Args:
        folder: replaced as a whole.
        state: of the training.
        best: of its members.
        extra: JSON-able facts that must be the same on resume, for instance digests.
    """
    tensors = {f"model/{n}": p.detach() for n, p in state.population.named_parameters()}
    tensors |= {f"best/{n}": w for n, w in best.weights.items()}
    tensors |= {"best.outputs": torch.from_numpy(best.outputs), "skipped": state.skipped}
    tensors |= {"loss_sum": state.loss_sum}
    names: dict[Tensor, str] = {p: n for n, p in state.population.named_parameters()}
    for parameter, entries in state.optimizer.state.items():
        tensors |= {f"optimizer/{key}/{names[parameter]}": v for key, v in entries.items()}
    data = save({name: t.cpu().contiguous() for name, t in tensors.items()})
    manifest = {
        "step": state.step,
        "loss_steps": state.loss_steps,
        "members": state.members,
        "best": {key: getattr(best, key).tolist() for key in ("step", "stale")},
        "best_score": [float(s).hex() for s in best.score],
        "tensors": {"bytes": len(data), "sha256": digest(data)},
        **extra,
    }
    text = json.dumps(manifest, indent=1).encode()
    replace_folder(folder, {TENSORS: data, MANIFEST: text}, last=MANIFEST)


def load_checkpoint(folder: Path, state: TrainState, best: Best, extra: Mapping[str, Any]) -> bool:
    """Bring a fresh state to where the checkpoint was; False where there is none.

    Raises:
        FolderError: the checkpoint is damaged, or belongs to other rows or another config.
    """
    recover_folder(folder)
    if not (folder / MANIFEST).is_file():
        return False
    data = (folder / TENSORS).read_bytes()
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if manifest["tensors"] != {"bytes": len(data), "sha256": digest(data)}:
            raise FolderError("the checkpoint is damaged", where=str(folder))
        different = [key for key, value in extra.items() if manifest[key] != value]
        if different:
            raise FolderError(
                f"the checkpoint was made with another {', '.join(different)}", where=str(folder)
            )
        _restore(state, best, manifest, load(data))
    except (ValueError, KeyError) as error:
        raise FolderError("the checkpoint cannot be read", where=str(folder)) from error
    return True


def _restore(
    state: TrainState, best: Best, manifest: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> None:
    members = list(manifest["members"])
    if members != state.members:
        state.keep(members)
    state.step = int(manifest["step"])
    state.skipped = tensors["skipped"].to(state.device)
    state.loss_sum = tensors["loss_sum"].to(state.device)
    state.loss_steps = int(manifest["loss_steps"])
    with torch.no_grad():
        for name, parameter in state.population.named_parameters():
            parameter.copy_(tensors[f"model/{name}"])
            if f"best/{name}" in tensors:
                best.weights[name] = tensors[f"best/{name}"].to(state.device)
            for key, tensor in tensors.items():
                kind, _, rest = key.partition("/")
                entry, _, owner = rest.partition("/")
                if kind == "optimizer" and owner == name:
                    state.optimizer.state[parameter][entry] = tensor.to(parameter.device).clone()
    best.outputs = tensors["best.outputs"].numpy().copy()
    best.step = np.array(manifest["best"]["step"], np.int64)
    best.stale = np.array(manifest["best"]["stale"], np.int64)
    best.score = np.array([float.fromhex(s) for s in manifest["best_score"]])
