"""The same network, rows, batch, optimizer and epochs beside other trainers, on this machine.

    python3 dev.py bench throughput                 all sizes; installs the peers first
    .venv/bin/python benchmarks/throughput.py 1     the middle size only (0, 1, 2)

100,000 × 50 rows in single precision, Adam with a step of 0.001, squared error, no validation, no
logging, no bars. One epoch each in turn, several rounds; medians of seconds and of CPU seconds.
What a peer does by default stays: its loader, its optimizer's loop.
"""

import logging
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median

sys.path.append(str(Path(__file__).parents[1] / "build" / "peers"))
os.environ["KERAS_BACKEND"] = "torch"

import numpy as np
import torch
from torch import nn

import bestfit

ROWS, COLUMNS, LR = 100_000, 50, 1e-3
SIZES = ((64, 2, 32), (256, 3, 256), (512, 3, 1024))  # width, hidden layers, rows of a step
ROUNDS = 5
Epoch = Callable[[], object]


def network(width: int, depth: int) -> nn.Sequential:
    """50 → width → … → 1 with ReLUs."""
    widths = [COLUMNS, *[width] * depth]
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 1))


def table() -> tuple[np.ndarray, np.ndarray]:
    """Rows and a target that can be learnt."""
    draw = np.random.default_rng(0)
    x = draw.standard_normal((ROWS, COLUMNS), dtype=np.float32)
    return x, (x @ draw.standard_normal((COLUMNS, 1), dtype=np.float32)) / 7


def with_bestfit(width: int, depth: int, batch: int) -> Epoch:
    """``bestfit.fit`` on the same module."""
    x, y = table()
    model = network(width, depth)
    return lambda: bestfit.fit(
        model, train=(x, y), optimizer="adam", lr=LR, batch_size=batch, epochs=1, loss="mse"
    )


def plain_loop(width: int, depth: int, batch: int, *, fused: bool = False) -> Epoch:
    """A loop written by hand: rows gathered by index, no loader."""
    model, loss = network(width, depth), nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR, fused=fused or None)
    x, y = map(torch.from_numpy, table())

    def epoch() -> None:
        order = torch.randperm(ROWS)
        for start in range(0, ROWS - batch + 1, batch):
            rows = order[start : start + batch]
            optimizer.zero_grad()
            loss(model(x[rows]), y[rows]).backward()
            optimizer.step()

    return epoch


def plain_fused(width: int, depth: int, batch: int) -> Epoch:
    """The same with torch's fused Adam."""
    return plain_loop(width, depth, batch, fused=True)


def loader(batch: int) -> torch.utils.data.DataLoader:
    """torch's own loader, as its tutorials use it."""
    rows = torch.utils.data.TensorDataset(*map(torch.from_numpy, table()))
    return torch.utils.data.DataLoader(rows, batch_size=batch, shuffle=True, drop_last=True)


def with_sklearn(width: int, depth: int, batch: int) -> Epoch:
    """scikit-learn's MLPRegressor."""
    from sklearn.neural_network import MLPRegressor

    x, y = table()
    model = MLPRegressor(
        hidden_layer_sizes=(width,) * depth, batch_size=batch, max_iter=1, alpha=0.0, tol=0.0,
        warm_start=True,
    )  # fmt: skip
    return lambda: model.fit(x, y[:, 0])


def with_keras(width: int, depth: int, batch: int) -> Epoch:
    """Keras 3 on torch."""
    import keras

    x, y = table()
    hidden = [keras.layers.Dense(width, activation="relu") for _ in range(depth)]
    model = keras.Sequential([keras.Input((COLUMNS,)), *hidden, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(LR), "mse")
    return lambda: model.fit(x, y, batch_size=batch, epochs=1, verbose=0)


def with_lightning(width: int, depth: int, batch: int) -> Epoch:
    """Lightning with loggers, checkpoints and bars off."""
    import lightning

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model, self.loss = network(width, depth), nn.MSELoss()

        def training_step(self, rows: list[torch.Tensor], index: int) -> torch.Tensor:
            return self.loss(self.model(rows[0]), rows[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=LR)

    module, rows = Module(), loader(batch)
    off = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}

    def epoch() -> None:
        trainer = lightning.Trainer(
            max_epochs=1, accelerator="cpu", enable_model_summary=False, **off
        )
        trainer.fit(module, rows)

    return epoch


def with_fastai(width: int, depth: int, batch: int) -> Epoch:
    """fastai's Learner with bars, logging and validation off."""
    import fastai.callback.progress  # noqa: F401  # which adds no_bar
    from fastai.basics import DataLoader, DataLoaders, Learner

    rows = torch.utils.data.TensorDataset(*map(torch.from_numpy, table()))
    loaders = DataLoaders(DataLoader(rows, bs=batch, shuffle=True), DataLoader(rows, bs=batch))
    learner = Learner(loaders, network(width, depth), loss_func=nn.MSELoss(), lr=LR)
    learner._do_epoch_validate = lambda *_: None

    def epoch() -> None:
        with learner.no_bar(), learner.no_logging():
            learner.fit(1)

    return epoch


def with_skorch(width: int, depth: int, batch: int) -> Epoch:
    """skorch without validation or printing."""
    from skorch import NeuralNetRegressor

    x, y = table()
    model = NeuralNetRegressor(
        network(width, depth), optimizer=torch.optim.Adam, lr=LR, max_epochs=1, batch_size=batch,
        train_split=None, verbose=0, iterator_train__shuffle=True,
    ).initialize()  # fmt: skip
    return lambda: model.partial_fit(x, y)


TRAINERS: dict[str, Callable[[int, int, int], Epoch]] = {
    "bestfit.fit": with_bestfit,
    "plain torch loop": plain_loop,
    "plain loop, fused Adam": plain_fused,
    "scikit-learn": with_sklearn,
    "Keras 3 (torch)": with_keras,
    "Lightning": with_lightning,
    "fastai": with_fastai,
    "skorch": with_skorch,
}


def cpu_s() -> float:
    """CPU seconds of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(sizes: list[int]) -> None:
    """Print a table for each size: milliseconds a step, and the ratio of bestfit's throughput."""
    warnings.simplefilter("ignore")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for size in sizes:
        width, depth, batch = SIZES[size]
        epochs = {}
        for name, make in TRAINERS.items():
            try:
                epochs[name] = make(width, depth, batch)
            except ImportError as error:
                print(f"{name} is not installed ({error})")
        rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in epochs}
        for turn in range(1 + ROUNDS):
            for name, epoch in epochs.items():
                begun, spent = time.perf_counter(), cpu_s()
                epoch()
                if turn:  # the first one warms up
                    rounds[name].append((time.perf_counter() - begun, cpu_s() - spent))
        steps = ROWS // batch
        print(f"\n{depth} × {width}, batch {batch}: ms a step, CPU-ms a step, bestfit is faster by")
        ours = rounds["bestfit.fit"]
        for name, found in rounds.items():
            ratio = median(theirs[0] / own[0] for theirs, own in zip(found, ours, strict=True))
            wall, cpu = (1000 * median(f[i] for f in found) / steps for i in (0, 1))
            print(f"  {name:24} {wall:8.3f} {cpu:8.3f} {ratio:6.2f} ×", flush=True)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [0, 1, 2])
