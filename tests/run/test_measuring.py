"""What is measured at each look."""

import numpy as np
import torch
from torch import nn

import bestfit


def test_training_rows_are_scored_as_many_as_there_are_validation_rows_but_at_least_500():
    def seen(n_valid):
        asked = []

        class Watched(nn.Linear):
            def forward(self, x):
                asked.append(len(x))
                return super().forward(x)

        X = np.random.default_rng(0).normal(size=(3_000, 2)).astype(np.float32)
        y = X[:, 0]
        bestfit.fit(
            lambda: Watched(2, 1), train=(X[:2_000], y[:2_000]),
            valid=(X[:n_valid], y[:n_valid]), loss="mse", epochs=1, batch_size=16,
        )  # fmt: skip
        return {n for n in asked if n > 16} - {n_valid}

    torch.manual_seed(0)
    assert seen(100) == {500}
    assert seen(1_000) == set()  # 1,000 as well
    assert seen(2_040) == {2_000}
