"""The best state that each member has been in: what early stopping goes back to."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from .state import TrainState

__all__ = ["Best"]


@dataclass
class Best:
    """For each first member, its best score so far, when it was, and the weights it had.

    Args:
        score: (k,) higher is better; −∞ before the first look.
        step: (k,) when it was reached.
        stale: (k,) looks since then.
        weights: parameter name → (k, …).
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
        k = len(self.score)
        if not self.weights:
            self.weights = {
                name: torch.zeros((k, *p.shape[1:]), device=p.device)
                for name, p in state.population.named_parameters()
            }
            self.outputs = np.zeros((k, *outputs.shape[1:]), np.float32)
        alive = np.array(state.members)
        scores = np.where(np.isnan(scores), -np.inf, scores)
        better = (scores > self.score[alive]) | (self.step[alive] == 0)
        self.stale[alive] = np.where(better, 0, self.stale[alive] + 1)
        where, whose = np.flatnonzero(better), alive[better]
        self.score[whose], self.step[whose] = scores[where], state.step
        self.outputs[whose] = outputs[where]
        for name, p in state.population.named_parameters():
            index = torch.from_numpy(whose).to(p.device)
            self.weights[name][index] = p.detach()[torch.from_numpy(where).to(p.device)]
