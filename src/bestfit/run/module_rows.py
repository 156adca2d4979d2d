"""Arrays as they are given for a network of the user's own, as tensors and as a task."""

from collections.abc import Sequence, Sized
from dataclasses import is_dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..batching import Inputs, Rows
from ..errors import ConfigError, ShapeError, TargetError
from ..files import digest
from ..losses import Custom, Loss, loss
from ..table import Target
from ..transforms import TargetScale

__all__ = [
    "Answers",
    "answers_of",
    "description_of",
    "digest_of",
    "digest_of_tensors",
    "inputs_of",
    "lengths",
    "like_of",
    "loss_of",
    "scale_of",
]

TORCH: dict[type[nn.Module], tuple[str, dict[str, object]]] = {
    nn.MSELoss: ("mse", {"reduction": "mean"}),
    nn.L1Loss: ("mae", {"reduction": "mean"}),
    nn.CrossEntropyLoss: (
        "cross_entropy",
        {"reduction": "mean", "weight": None, "label_smoothing": 0.0, "ignore_index": -100},
    ),
    nn.BCEWithLogitsLoss: (
        "binary_cross_entropy",
        {"reduction": "mean", "weight": None, "pos_weight": None},
    ),
}


class Answers(NamedTuple):
    """What is to be learnt.

    Args:
        target: (N,) int64 class index, or (N, T) numbers.
        y: (N,) class index, or (N,) or (N, T) numbers, for metrics.
        task: the classes, or that there are none.
        labels: (C,) the classes as they were given; empty for numbers.
    """

    target: Tensor
    y: np.ndarray
    task: Target
    labels: np.ndarray


def inputs_of(data: Any, device: torch.device, dtype: torch.dtype) -> Inputs:
    """One tensor (N, …), or one for each of a tuple.

    Args:
        data: an array, a tensor, a frame, or a tuple of them.
        device: where the network is.
        dtype: of its weights; bytes and integers stay what they are.
    Raises:
        ShapeError: their lengths differ, or they are no arrays of numbers.
    """
    parts = data if isinstance(data, tuple) else (data,)
    tensors = tuple(_tensor(part, "inputs").to(device) for part in parts)
    if len({len(t) for t in tensors}) != 1 or not len(tensors[0]):
        raise ShapeError(f"inputs of {[len(t) for t in tensors]} rows", hint="as many, at least 1")
    return tuple(t.to(dtype) if t.is_floating_point() else t for t in tensors)


def like_of(module: nn.Module) -> Tensor:
    """A parameter of the device and the kind of number that the network computes with.

    Raises:
        ConfigError: nothing is trained, or what is trained are not real numbers.
    """
    trained = [p for p in module.parameters() if p.requires_grad]
    if not trained:
        raise ConfigError("the network has no parameters to train", where="make_model")
    if any(p.is_complex() for p in trained):
        raise ConfigError("complex parameters cannot be trained", where="make_model")
    return trained[0]


def loss_of(wanted: object, y: Any, n_outputs: int) -> Loss:
    """The loss asked for, or the likelihood of targets like these.

    Raises:
        ConfigError: there is none of this name.
    """
    if isinstance(wanted, Loss):
        return wanted
    if isinstance(wanted, str):
        return loss[wanted]()
    name, plain = TORCH.get(type(wanted), ("", {}))  # type: ignore[arg-type]  # any type may be asked for
    if name and all(getattr(wanted, key) == value for key, value in plain.items()):
        return loss[name]()
    if wanted is not None:
        if not callable(wanted):
            raise ConfigError(f"{wanted!r} is no loss", hint=", ".join(loss))
        return Custom(wanted)
    if _is_numbers(_array(y)):
        return loss["mse"]()
    return loss["binary_cross_entropy" if n_outputs == 1 else "cross_entropy"]()


def scale_of(chosen: Loss) -> TargetScale | None:
    """What outputs go through to be numbers in target units, where that is something."""
    return TargetScale.logarithms() if chosen.link == "log" else None


def answers_of(
    y: Any,
    chosen: Loss,
    n_outputs: int,
    like: Tensor,
    labels: np.ndarray | None = None,
    classes: bool | None = None,
) -> Answers:
    """Targets for a loss.

    Args:
        y: (N,) labels or numbers, or (N, T) numbers.
        chosen: the loss.
        n_outputs: of the network.
        like: of the device and the kind of number of the network.
        labels: the classes that are known; None takes them from y.
        classes: whether y are classes, for a loss that does not tell; None goes by their kind.
    Raises:
        TargetError: they are not for this loss, or not for so many outputs.
    """
    array = _array(y)
    numbers = "binary" not in chosen.tasks and "multiclass" not in chosen.tasks
    if isinstance(chosen, Custom):
        numbers = _is_numbers(array) if classes is None else not classes
    if numbers:
        target = _tensor(y, "targets").to(device=like.device, dtype=like.dtype)
        target = target.unsqueeze(1) if target.dim() == 1 else target
        if target.shape[1:] != (n_outputs,):
            raise TargetError(
                f"the network gives {n_outputs} numbers a row, the targets {target.shape[1:]}",
                hint="targets (N,) or (N, T) for T outputs",
            )
        if not bool(target.isfinite().all()):
            raise TargetError("a target is not a finite number")
        if chosen.link == "log" and bool((target < 0).any()):
            raise TargetError("the loss is for numbers ≥ 0", hint="loss='mse'")
        y_numbers = target.double().cpu().numpy()
        plain = y_numbers[:, 0] if n_outputs == 1 else y_numbers
        return Answers(target, plain, Target("y", "regression"), np.zeros(0))
    codes, labels = _codes(array.reshape(len(array), -1), n_outputs, labels)
    task = "binary" if n_outputs == 1 else "multiclass"
    if "binary" not in chosen.tasks and n_outputs == 1:
        raise TargetError("this loss needs an output for each class", hint="binary_cross_entropy")
    named = Target("y", task, tuple(map(str, labels)))  # type: ignore[arg-type]  # one of the two
    target = torch.from_numpy(codes).to(like.device)
    if isinstance(chosen, Custom) and _is_numbers(array):  # which its function expects
        target = _tensor(y, "targets").to(device=like.device, dtype=like.dtype)
        target = target.unsqueeze(1) if target.dim() == 1 else target
    return Answers(target, codes, named, labels)


def digest_of(rows: Rows) -> str:
    """SHA-256 of all inputs and targets."""
    return digest_of_tensors([*rows.inputs, rows.target])


def digest_of_tensors(tensors: Sequence[Tensor]) -> str:
    """SHA-256 of their shapes, kinds and numbers."""
    parts = []
    for t in tensors:
        flat = t.detach().cpu().contiguous().reshape(-1)
        said = f"{tuple(t.shape)} {t.dtype}".encode()
        parts.append(digest(said + flat.view(torch.uint8).numpy().tobytes()))
    return digest("".join(parts).encode())


def description_of(value: object) -> str:
    """A setting in words that are the same in another process: no addresses.

    A function or a network is told by its name, its code and its numbers.
    """
    if isinstance(value, nn.Module):
        state = value.state_dict()
        return f"{value!r} {list(state)} {digest_of_tensors(list(state.values()))}"
    if isinstance(value, Custom):
        return description_of(value.function)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(description_of, value))}]"
    if not callable(value) or is_dataclass(value):
        return repr(value)
    code = getattr(value, "__code__", None)
    name = f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', type(value))}"
    return name if code is None else f"{name} {digest(code.co_code)} {code.co_names}"


def lengths(**parts: Sized) -> None:
    """Refuse parts that are not as long as each other.

    Raises:
        ShapeError: they are not.
    """
    if len({len(part) for part in parts.values()}) > 1:
        said = ", ".join(f"{len(part)} {name}" for name, part in parts.items())
        raise ShapeError(f"they do not belong together: {said}")


def _codes(
    y: np.ndarray, n_outputs: int, labels: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """(N,) class index, and the classes."""
    if y.shape[1] != 1:
        raise TargetError(f"a class a row is one label, not {y.shape[1]}")
    y = y[:, 0]
    if y.dtype.kind == "f" and np.array_equal(y, np.round(y)):
        y = y.astype(np.int64)
    n_classes = max(2, n_outputs)
    if not len(y):
        raise ShapeError("targets of 0 rows", hint="at least 1")
    found = np.unique(y)
    if labels is None:
        counted = found.dtype.kind in "iub" and found.min() >= 0 and found.max() < n_classes
        labels = np.arange(n_classes).astype(found.dtype) if counted else found
    if (unknown := found[~np.isin(found, labels)]).size:
        raise TargetError(f"the label {unknown[0]} is not among those that were trained on")
    if len(labels) != n_classes:
        raise TargetError(
            f"{len(found)} different labels do not fit a network of {n_outputs} outputs",
            hint="one output for two classes, else one for each class",
        )
    return np.searchsorted(labels, y).astype(np.int64), labels


def _is_numbers(array: np.ndarray) -> bool:
    return array.dtype.kind == "f"


def _array(y: Any) -> np.ndarray:
    if isinstance(y, Tensor):
        y = y.detach().cpu()
        return np.asarray((y.float() if y.dtype == torch.bfloat16 else y).numpy())
    array = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
    return array.astype(str) if array.dtype.kind == "O" else array


def _tensor(data: Any, what: str) -> Tensor:
    if isinstance(data, Tensor):
        return data.detach()
    array = _array(data)
    if array.dtype.kind not in "fiub" or array.ndim == 0:
        raise ShapeError(f"the {what} are no array of numbers, but of {array.dtype}")
    if array.dtype.kind == "u" and array.dtype != np.uint8:
        array = array.astype(np.int64)
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    return torch.from_numpy(np.require(native, requirements=["C", "W"]))
