"""What checkpoints cost a training: seconds that it waits, and CPU seconds that are spent.

    python3 dev.py bench checkpoints

The populations of `bench population`: 16 members of width 128 and of width 512, with the answers
for 20,000 validation rows of each member's best look. Medians, and shares of 20 s of training.
"""

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from population import Training, coded, cpu_s, packed, table

from bestfit.run.saver import EVERY_S, Saver
from bestfit.threads import wait_calmly
from bestfit.training import Best, Snapshot

ROUNDS = 9


def cost(training: Training, best: Best, keeper: Saver) -> tuple[float, float]:
    """Seconds that the training waits for one checkpoint, and CPU seconds of all of it."""
    for _ in range(5):
        training.step()
    begun, spent = time.perf_counter(), cpu_s()
    keeper.save(lambda: Snapshot(training.state, best, {}))
    waited = time.perf_counter() - begun
    keeper.finish()
    return waited, cpu_s() - spent


def cores_used(training: Training) -> float:
    """CPU seconds of a second of training."""
    begun, spent = time.perf_counter(), cpu_s()
    while time.perf_counter() - begun < 2:
        training.step()
    return (cpu_s() - spent) / (time.perf_counter() - begun)


def main() -> None:
    """Print a line for each size."""
    wait_calmly()
    rows = coded(table())
    print(f"one checkpoint every {EVERY_S:.0f} s")
    for width in (128, 512):
        training = Training(packed(16, width), rows)
        best = Best.empty(16)
        best.look(training.state, np.zeros(16), np.zeros((16, 20_000, 1), np.float32))
        with tempfile.TemporaryDirectory() as place:
            keeper = Saver(Path(place) / "checkpoint", lambda: None)
            found = [cost(training, best, keeper) for _ in range(1 + ROUNDS)][1:]
            size = sum(f.stat().st_size for f in (Path(place) / "checkpoint").iterdir())
        waits, spends = (median(each) for each in zip(*found, strict=True))
        cpu = spends / (EVERY_S * cores_used(training))
        print(
            f"16 × {width}, {size / 1e6:.0f} MB: the training waits {1e3 * waits:.0f} ms "
            f"({waits / EVERY_S:.2%} of the time), {spends:.2f} CPU-s ({cpu:.2%})",
            flush=True,
        )


if __name__ == "__main__":
    main()
