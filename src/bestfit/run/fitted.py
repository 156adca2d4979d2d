"""What comes of training a network of the user's own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from ..batching import Inputs, Rows
from ..errors import ConfigError
from ..history import History
from ..models import Own
from ..training import outputs
from ..transforms import TargetScale
from .findings import skipped_findings
from .fit import Fit
from .look import as_probabilities
from .module_rows import inputs_of, like_of

__all__ = ["Fitted", "fitted"]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network, and what was seen on the way.

    Args:
        model: the network with the weights of its best look, or its last ones where there were
            no validation rows; in ``eval`` mode.
        history: every measure.
        metrics: ``train_loss``, ``valid_loss`` and the metric at the look that was kept, its
            ``epoch`` among them.
        findings: what was noticed, as in ``findings.json``.
        decisions: what was decided on the way: ``propagation`` (chain or autograd), ``threads``,
            ``compile``, whether torch compiled the network, and why,
            ``device``, ``precision``, and ``microbatch``, rows at a time once memory was short.
        labels: (C,) the classes; empty for numbers.
        scale: what outputs go through to be numbers in target units, where that is something.
        takes: what outputs are for classes: logits, log_probabilities, probabilities or numbers.
        attempts: with ``repair``, each training that was tried: what was changed, how it went,
            and whether it was kept.
        steps_of_inputs: what a repair does to inputs before the network; ``predict`` does it.
    """

    model: nn.Module
    history: History
    metrics: dict[str, float]
    findings: list[dict[str, Any]]
    decisions: dict[str, Any]
    labels: np.ndarray
    scale: TargetScale | None = None
    takes: str = "logits"
    attempts: list[dict[str, Any]] = field(default_factory=list)
    steps_of_inputs: tuple[Callable[[Inputs], Inputs], ...] = ()

    def predict(self, data: Any) -> np.ndarray:
        """(N,) labels, or (N,) or (N, T) numbers.

        Args:
            data: inputs as in training.
        """
        raw = self._raw(data)
        if not len(self.labels):
            raw = raw if self.scale is None else self.scale.back(raw)
            return raw[:, 0] if raw.shape[1] == 1 else raw
        middle = 0.5 if self.takes in ("probabilities", "numbers") else 0.0
        codes = raw.argmax(axis=1) if raw.shape[1] > 1 else (raw[:, 0] > middle).astype(np.int64)
        return np.asarray(self.labels[codes])

    def predict_proba(self, data: Any) -> np.ndarray:
        """(N, C) probabilities.

        Raises:
            ConfigError: the network predicts numbers.
        """
        if not len(self.labels):
            raise ConfigError("numbers have no probabilities", hint="predict")
        if self.takes in ("probabilities", "numbers"):
            return as_probabilities(self._raw(data).astype(np.float64))
        raw = torch.from_numpy(self._raw(data))
        p = raw.softmax(dim=1) if raw.shape[1] > 1 else raw.sigmoid()
        return (p if raw.shape[1] > 1 else torch.cat([1 - p, p], dim=1)).numpy()

    def _raw(self, data: Any) -> np.ndarray:
        """(N, T) outputs."""
        like = like_of(self.model)
        inputs = inputs_of(data, like.device, like.dtype)
        for step in self.steps_of_inputs:
            inputs = step(inputs)
        rows = Rows(inputs, torch.zeros(len(inputs[0]), device=like.device))
        return outputs(Own(self.model, inputs), rows)[0].cpu().numpy()


def fitted(
    module: nn.Module,
    fitting: Fit,
    labels: np.ndarray,
    decided: dict[str, Any],
    *,
    keeps_best: bool,
) -> Fitted:
    """Give the network the weights that are kept, and gather what was seen.

    Args:
        module: what was trained.
        fitting: how.
        labels: (C,) the classes; empty for numbers.
        decided: of ``decisions``, what is not to be seen of the training.
        keeps_best: whether the weights of the best look are kept, not the last ones.
    """
    best, history = fitting.best, fitting.history
    step = int(best.step[0]) if keeps_best else fitting.state.step
    with torch.no_grad():
        for mover in fitting.state.movers:
            mover.judge(True)
        for name, tensor in fitting.state.population.by_member_tensors().items():
            if keeps_best:
                tensor.copy_(best.weights[name])
        for parameter in module.parameters():
            parameter.data, parameter.grad = parameter.detach().clone(), None
    metrics = {
        name: value
        for name in ("train_loss", "valid_loss", f"valid_{fitting.look.metric.name}")
        for at, value in history.series(name)
        if at == step
    }
    metrics["epoch"] = step / fitting.plan.sampler.steps_per_epoch
    state = fitting.state
    decisions = {
        "propagation": type(state.propagation).__name__.lower(),
        **decided,
        "device": str(state.device),
        "precision": state.precision,
        "microbatch": state.microbatch or fitting.plan.microbatch,
    }
    findings = skipped_findings(int(state.skipped.sum()), state.step)
    look = fitting.look
    return Fitted(
        module.eval(), history, metrics, findings, decisions, labels, look.scale, look.takes
    )
