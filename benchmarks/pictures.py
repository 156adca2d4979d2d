"""Pictures: how fast a folder of them is read, and what is learnt from it in a given time.

    .venv/bin/python benchmarks/pictures.py FOLDER [SECONDS]

FOLDER holds a folder of pictures for each class. Reading is timed beside a loop with Pillow that
makes the same small pictures, in CPU seconds. Beside ``bestfit train`` stands the small network of
many tutorials in a plain torch loop (three convolutions with pooling, a hidden layer, Adam, no
augmentation) on the same rows, for as long, with its best epoch on the validation rows.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import torch
from PIL import Image
from torch import nn
from torch.nn.functional import cross_entropy

import bestfit
from bestfit.sources import read
from bestfit.transforms import Pixels

SIDE = 96


def by_hand(folder: Path) -> int:
    """A loop with Pillow."""
    pictures = []
    for path in sorted(folder.glob("*/*")):
        with Image.open(path) as image:
            small = image.convert("RGB")
            small.thumbnail((SIDE, SIDE))
            pictures.append(np.asarray(small))
    return len(pictures)


def tutorial(rows: dict[str, tuple[torch.Tensor, torch.Tensor]], seconds: float) -> float:
    """Share of test rows that a plain network gets right."""
    x, y = rows["train"]
    _, channels, height, width = x.shape
    classes = int(max(part[1].max() for part in rows.values())) + 1
    blocks = []
    for n in (32, 64, 64):
        blocks += [nn.Conv2d(channels, n, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels = n
    flat = 64 * (height // 8) * (width // 8)
    head = [nn.Flatten(), nn.Linear(flat, 64), nn.ReLU(), nn.Linear(64, classes)]
    model = nn.Sequential(*blocks, *head)
    adam = torch.optim.Adam(model.parameters())
    best, found, ends = -1.0, 0.0, time.monotonic() + seconds
    while time.monotonic() < ends:
        for index in torch.randperm(len(y)).split(32):
            adam.zero_grad()
            cross_entropy(model(x[index].float() / 255), y[index]).backward()
            adam.step()
        with torch.no_grad():
            right = {
                part: float(
                    (model(rows[part][0].float() / 255).argmax(1) == rows[part][1]).float().mean()
                )
                for part in ("valid", "test")
            }
        if right["valid"] > best:
            best, found = right["valid"], right["test"]
    return found


def main() -> None:
    """Both comparisons."""
    if not sys.argv[1:]:
        print("benchmarks/pictures.py FOLDER [SECONDS]: a folder of pictures for each class")
        return
    folder = Path(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    for name, reader in (("Pillow", by_hand), ("bestfit", lambda path: read(str(path)).n_rows)):
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        n = reader(folder)
        cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
        print(f"{name}: {n:,} pictures, {wall_s:.2f} s, {cpu_s:.2f} CPU-s")
    with tempfile.TemporaryDirectory() as place:
        run = bestfit.train(str(folder), time_s=seconds, out=Path(place, "run"))
        spent = run.metrics["seconds"]["train"]
        held = pl.read_parquet(run.path / "predictions.parquet")
        print(f"bestfit: {run.metrics['test']['accuracy']['value']:.3f} right in {seconds:.0f} s")
        for anchor in run.metrics["anchors"]:
            print(f"{anchor['label']}: {anchor['test']['accuracy']['value']:.3f}")
        table = read(str(folder))
    labels = sorted(set(table.frame["label"]))
    place = {label: i for i, label in enumerate(labels)}
    y = torch.tensor([place[label] for label in table.frame["label"]])
    pixels = torch.from_numpy(Pixels().fit(table.frame, ["picture"]).apply(table.frame))
    parts = {p: held.filter(pl.col("part") == p)["row"].to_numpy() for p in ("valid", "test")}
    kept = np.setdiff1d(np.arange(len(y)), np.concatenate(list(parts.values())))
    rows = {p: (pixels[i.copy()], y[i.copy()]) for p, i in {**parts, "train": kept}.items()}
    torch.manual_seed(0)
    print(
        f"tutorial network: {tutorial(rows, spent):.3f} in the {spent:.0f} s that bestfit trained"
    )


if __name__ == "__main__":
    main()
