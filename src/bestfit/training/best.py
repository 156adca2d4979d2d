"""The best state that each member has been in: what early stopping goes back to."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from .state import TrainState

__all__ = ["Best"]


@dataclass
class Best:
    """For each member by its number, its best score so far, when it was, and the weights it had.

    Args:
        score: (k,) higher is better; −∞ before the first look.
        step: (k,) when it was reached.
        stale: (k,) looks since then.
        weights: name of a parameter or a member's buffer → (k, …).
        outputs: (k, N, T) raw validation outputs of the best weights.
    """

    score: np.ndarray
    step: np.ndarray
    stale: np.ndarray
    weights: dict[str, Tensor] = field(default_factory=dict)
    outputs: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    @classmethod
    def empty(cls, members: int) -> "Best":
        """Nothing seen yet."""
        zeros = np.zeros(members, np.int64)
        return cls(np.full(members, -np.inf), zeros.copy(), zeros.copy())

    def look(self, state: TrainState, scores: np.ndarray, outputs: np.ndarray) -> None:
        """Keep the members that have never been better.

        Args:
            state: after a look at the validation rows.
            scores: (m,) of the members that are still trained, higher is better.
            outputs: (m, N, T) their raw validation outputs.
        """
        alive = np.array(state.numbers)
        self._grow(int(alive.max()) + 1, state, outputs)
        scores = np.where(np.isnan(scores), -np.inf, scores)
        better = (scores > self.score[alive]) | (self.step[alive] == 0)
        self.stale[alive] = np.where(better, 0, self.stale[alive] + 1)
        where, whose = np.flatnonzero(better), alive[better]
        self.score[whose], self.step[whose] = scores[where], state.step
        self.outputs[whose] = outputs[where]
        for name, tensor in state.population.by_member_tensors().items():
            index = torch.from_numpy(whose).to(tensor.device)
            self.weights[name][index] = tensor[torch.from_numpy(where).to(tensor.device)]

    def _grow(self, members: int, state: TrainState, outputs: np.ndarray) -> None:
        """Room for so many members, newcomers among them."""
        more = max(0, members - len(self.score))
        if more:
            self.score = np.concatenate([self.score, np.full(more, -np.inf)])
            self.step, self.stale = (
                np.concatenate([a, np.zeros(more, np.int64)]) for a in (self.step, self.stale)
            )
        k = len(self.score)
        if len(self.outputs) < k:
            grown = np.zeros((k, *outputs.shape[1:]), np.float32)
            if len(self.outputs):
                grown[: len(self.outputs)] = self.outputs
            self.outputs = grown
        for name, tensor in state.population.by_member_tensors().items():
            known = self.weights.get(name)
            if known is None or len(known) < k:
                self.weights[name] = tensor.new_zeros((k, *tensor.shape[1:]))
                if known is not None:
                    self.weights[name][: len(known)] = known
