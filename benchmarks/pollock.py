"""How well dirty CSV files are read, given nothing but the file: the Pollock benchmark.

Vitagliano et al., "Pollock: A Data Loading Benchmark", VLDB 2023. A checkout of its repository is
the argument; nothing of it is part of this project:

    .venv/bin/python benchmarks/pollock.py CHECKOUT               the score of all 2,290 files
    .venv/bin/python benchmarks/pollock.py CHECKOUT --worst 20    and the files that lose most

Each file scores up to 10: that it is read at all, then precision, recall and F1 of its header, its
records and its cells against the clean version. The simple score is the mean over the files; the
weighted one follows how often the authors saw each fault. An empty file has no table: that it is
refused in one line counts as read. Cells are compared as texts; numbers, dates and times of one
value but another spelling are not forgiven, which the benchmark's own script does.
"""

import argparse
import csv
import json
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from bestfit.errors import BestfitError
from bestfit.sources import File, source

Rows = list[list[str]]


def ours(path: Path) -> Rows:
    """Header and rows; a table without names begins with its first row."""
    if not path.stat().st_size:
        return []
    parsed = source["delimited"](File.open(path)).parse()  # type: ignore[call-arg, attr-defined]
    rows = [[cell or "" for cell in row] for row in parsed.frame.rows()]
    names = [name if name in joined(parsed) else "" for name in parsed.frame.columns]
    return [names, *rows] if parsed.dialect.header else rows


def joined(parsed: object) -> set[str]:
    """The names that stand in the file."""
    return {name.strip() for name in parsed.dialect.names}  # type: ignore[attr-defined]


def comma(path: Path) -> Rows:
    """The reader of the standard library, told that commas part cells."""
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        return list(csv.reader(file))


def sniffer(path: Path) -> Rows:
    """The reader of the standard library with its own guess."""
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        text = file.read()
    return list(csv.reader(text.splitlines(), csv.Sniffer().sniff(text))) if text else []


def pandas(path: Path) -> Rows:
    """pandas with its own guess; lines that it cannot read are left out."""
    if not path.stat().st_size:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pd.read_csv(path, sep=None, engine="python", on_bad_lines="warn", dtype=str)
    names = ["" if str(name).startswith("Unnamed: ") else str(name) for name in frame.columns]
    return [names, *frame.fillna("").values.tolist()]


READERS: dict[str, Callable[[Path], Rows]] = {
    "bestfit": ours,
    "csv.reader": comma,
    "csv.Sniffer": sniffer,
    "pandas, sep=None": pandas,
}


def overlap(wanted: list[str], got: list[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of two bags, as the benchmark counts them."""
    if not wanted:
        return 1.0, 1.0, 1.0
    common = (Counter(wanted) & Counter(got)).total()
    if not common:
        return 0.0, 0.0, 0.0
    one, other = common / len(wanted), common / len(got)
    return one, other, 2 * one * other / (one + other)


def score(wanted: Rows, got: Rows) -> float:
    """Of a file that was read, out of 10."""
    if not wanted:
        return 10.0
    clean, loaded = ([[c.lower() for c in row] for row in rows] for rows in (wanted, got))
    parts = (
        overlap(clean[0], loaded[0] if loaded else []),
        overlap(["".join(row) for row in clean[1:]], ["".join(row) for row in loaded[1:]]),
        overlap([c for row in wanted for c in row], [c for row in got for c in row]),
    )
    return 1.0 + sum(map(sum, parts))


def main(checkout: Path, worst: int) -> None:
    """Print the scores of all readers, and the kinds of files that cost ours most."""
    folder = checkout / "polluted_files"
    weights = json.loads((checkout / "pollock_weights.json").read_text())
    files = sorted(path for path in (folder / "csv").iterdir() if path.suffix == ".csv")
    clean = {path.name: comma(folder / "clean" / path.name) for path in files}
    total = sum(weights[path.name] for path in files)
    for name, reader in READERS.items():
        found: dict[str, float] = {}
        failed = 0
        for path in files:
            try:
                found[path.name] = score(clean[path.name], reader(path))
            except (BestfitError, csv.Error, ValueError) as error:
                failed += 1
                found[path.name] = 0.0
                if name == "bestfit":
                    print(f"  failed: {path.name}: {error}")
        simple = sum(found.values()) / len(found)
        weighted = sum(found[key] * weights[key] for key in found) / total
        perfect = sum(value > 10 - 1e-9 for value in found.values())
        print(
            f"{name:18} simple {simple:6.3f}  weighted {weighted:6.3f}  failed {failed:4}"
            f"  perfect {perfect:5} of {len(found):,}",
            flush=True,
        )
        if name == "bestfit":
            kinds: Counter[str] = Counter()
            for key, value in found.items():
                kind = re.sub(r"\d+", "N", key) if key.startswith("row") else key
                kinds[kind] += 10 - value  # type: ignore[assignment]
            for kind, lost in kinds.most_common(12):
                print(f"  lost {lost / len(found):.4f} simple: {kind}")
            for key in sorted(found, key=lambda key: found[key])[:worst]:
                print(f"  {found[key]:6.3f} {key}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--worst", type=int, default=0)
    options = parser.parse_args()
    if not (options.checkout / "polluted_files" / "csv").is_dir():
        sys.exit(f"no polluted_files/csv in {options.checkout}")
    main(options.checkout, options.worst)
