"""Tables with more columns than rows can bear: bestfit with and without thinning, and its anchors.

Tables are drawn: two of 2,000 columns tell; five of 300 tell together (as in madelon); 150 of 1,200
columns follow three hidden causes; Friedman's five of 100, for numbers. Each run has 30 s.

    python3 dev.py bench wide
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.datasets import make_classification, make_friedman1

import bestfit
from bestfit.config import RunConfig, set_value

SECONDS = 30


def two_tell(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(500, 2000) and a class."""
    x = random.normal(size=(500, 2000))
    return x, x[:, 0] + x[:, 1] + 0.5 * random.normal(size=500) > 0


def five_together(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(1500, 300) and a class."""
    x, y = make_classification(
        1500, 300, n_informative=5, n_redundant=10, n_clusters_per_class=8, class_sep=1.5,
        random_state=int(random.integers(1000)),
    )  # fmt: skip
    return x, y > 0


def three_causes(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(200, 1200) and a class."""
    causes, x = random.normal(size=(200, 3)), random.normal(size=(200, 1200))
    x[:, :150] += causes @ random.normal(size=(3, 150))
    return x, causes[:, 0] + 0.5 * random.normal(size=200) > 0


def friedman(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(500, 100) and amounts."""
    x, y = make_friedman1(500, 100, noise=1.0, random_state=int(random.integers(1000)))
    return x, y


def scores(frame: pl.DataFrame, thin: bool) -> tuple[dict[str, float], int]:
    """The metric on test rows of each model, and how many columns were learnt from."""
    config = set_value(RunConfig(), f"select.thin={str(thin).lower()}")
    with tempfile.TemporaryDirectory() as folder:
        run = bestfit.train(
            frame, target="y", time_s=SECONDS, config=config, out=Path(folder) / "run"
        )
        found = json.loads(run.folder.metrics.read_text())
        columns = len(bestfit.load(run.folder.path).columns)
    name = found["metric"]
    each = {anchor["name"]: anchor["test"][name]["value"] for anchor in found["anchors"]}
    return {"bestfit": found["test"][name]["value"], **each}, columns


def main() -> None:
    """A line a table."""
    tables: tuple[Callable[..., tuple[np.ndarray, np.ndarray]], ...] = (
        two_tell, five_together, three_causes, friedman,
    )  # fmt: skip
    for draw in tables:
        x, y = draw(np.random.default_rng(0))
        frame = pl.DataFrame({f"c{i}": column for i, column in enumerate(x.T)})
        answer = pl.Series("y", y if y.dtype.kind == "f" else np.where(y, "yes", "no"))
        frame = frame.with_columns(answer)
        for thin in (False, True):
            found, columns = scores(frame, thin)
            told = "  ".join(f"{name} {value:.3f}" for name, value in found.items())
            print(f"{draw.__name__:14} {columns:5} of {x.shape[1]} columns  {told}", flush=True)


if __name__ == "__main__":
    main()
