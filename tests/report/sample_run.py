"""Writes run folders that look like real ones: plausible tables, curves and predictions."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bestfit.files import write_json
from bestfit.folder import RunFolder
from bestfit.history import History, Measure

BINARY = ["<=50K", ">50K"]
BEANS = ["BARBUNYA", "BOMBAY", "CALI", "DERMASON", "HOROZ", "SEKER", "SIRA"]
SEEDS = {"binary": 1, "multiclass": 2, "regression": 3}
METRICS = {"binary": "auc", "multiclass": "log_loss", "regression": "rmse"}
LAYERS = ["embed", "blocks.0", "blocks.1", "blocks.2", "head"]
EPOCHS, STEPS, MEMBERS = 30, 120, 16


def sample_run(path: Path, task: str = "binary", **names: str) -> RunFolder:
    """A finished run; ``names`` replaces ``target``, ``column``, ``label`` or ``source``."""
    folder = RunFolder(path)
    folder.attempt(1).mkdir(parents=True)
    rng = np.random.default_rng(SEEDS[task])
    truth, probability = predictions(task, rng)
    classes = {"binary": list(BINARY), "multiclass": list(BEANS), "regression": []}[task]
    if classes and "label" in names:
        classes[-1] = names["label"]
    columns = column_names(task)
    columns[0] = names.get("column", columns[0])
    told = {
        "binary": ("income", "adult.csv.gz"),
        "multiclass": ("Class", "dry_bean.csv.gz"),
        "regression": ("median_house_value", "california_housing.csv"),
    }[task]
    target, source = names.get("target", told[0]), names.get("source", told[1])
    write_profile(folder, task, target, source, classes, columns, rng)
    write_cleaning(folder, target, columns, classes)
    write_split(folder, len(truth))
    write_repairs(folder, METRICS[task])
    write_history(folder, task, rng)
    write_findings(folder, columns)
    write_metrics(folder, task, target, classes, columns, rng)
    write_predictions(folder, task, truth, probability, classes)
    write_json(folder.environment, ENVIRONMENT)
    folder.config.write_text(CONFIG.format(source=source.replace('"', ""), epochs=EPOCHS))
    return folder


def column_names(task: str) -> list[str]:
    if task == "binary":
        return [
            *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status"),
            *("occupation", "relationship", "race", "sex", "capital-gain", "capital-loss"),
            *("hours-per-week", "native-country"),
        ]
    if task == "multiclass":
        return ["Area", "Perimeter", "MajorAxisLength", "Eccentricity", "Solidity", "Compactness"]
    return ["longitude", "latitude", "housing_median_age", "total_rooms", "median_income"]


def predictions(task: str, rng: np.random.Generator) -> tuple[Any, Any]:
    if task == "regression":
        truth = np.minimum(np.exp(rng.normal(12.1, 0.55, 4000)), 500_001)
        said = truth * np.exp(rng.normal(0, 0.16, 4000)) + rng.normal(0, 14_000, 4000)
        return truth, said
    if task == "binary":
        truth = (rng.random(6000) < 0.24).astype(int)
        logit = np.where(truth == 1, 1.1, -2.9) + rng.normal(0, 1.75, 6000)
        chance = 1 / (1 + np.exp(-logit))
        return truth, np.stack([1 - chance, chance], axis=1)
    truth = rng.choice(7, 2700, p=[0.1, 0.04, 0.12, 0.26, 0.14, 0.15, 0.19])
    logits = rng.normal(0, 1.0, (2700, 7))
    logits[np.arange(2700), truth] += 4.2
    neighbours = np.array([2, 0, 0, 6, 6, 3, 3])
    logits[np.arange(2700), neighbours[truth]] += 2.2
    odds = np.exp(logits)
    return truth, odds / odds.sum(axis=1, keepdims=True)


def write_profile(
    folder: RunFolder,
    task: str,
    target: str,
    source: str,
    classes: list[str],
    columns: list[str],
    rng: np.random.Generator,
) -> None:
    asked: dict[str, Any] = {
        "name": target,
        "task": task,
        "reason": f"{len(classes)} different labels." if classes else "Numbers that vary finely.",
    }
    if classes:
        counts = sorted((rng.dirichlet(np.full(len(classes), 6)) * 30_000).astype(int).tolist())
        counts = counts[::-1]
        asked["classes"] = [list(pair) for pair in zip(classes, counts, strict=True)]
    else:
        values = np.minimum(np.exp(rng.normal(12.1, 0.55, 20_000)), 500_001)
        found, edges = np.histogram(values, bins=24)
        asked["histogram"] = {"edges": edges.tolist(), "counts": found.tolist()}
    fields = [field(name, index, rng) for index, name in enumerate(columns)]
    fields.append(
        {
            **field("row id", 2, rng),
            "role": "dropped",
            "reason": "every value is different and they count upwards: an id.",
        }
    )
    write_json(
        folder.profile,
        {
            "source": f"data/{source}",
            "rows": 48_842,
            "columns": len(columns) + 2,
            "digest": "9f" * 32,
            "reading": {
                "format": "csv",
                "delimiter": ",",
                "encoding": "utf-8",
                "compression": "gzip",
                "header": True,
                "bytes": 763_000,
            },
            "target": asked,
            "fields": fields,
            "warnings": [
                {
                    "name": "class_imbalance",
                    "column": target,
                    "what": "The rarest class makes up 4 % of the rows.",
                    "evidence": {"share": 0.04},
                }
            ]
            if task == "multiclass"
            else [],
        },
    )


def field(name: str, index: int, rng: np.random.Generator) -> dict[str, Any]:
    base: dict[str, Any] = {
        "name": name,
        "role": "feature",
        "reason": None,
        "missing": [0, 2799, 0, 0, 12][index % 5],
        "examples": ["39", "50"],
    }
    if index % 2 == 0:
        values = rng.gamma(2 + index, 12, 4000)
        counts, edges = np.histogram(values, bins=20)
        numbers = {
            "min": float(values.min()),
            "max": float(values.max()),
            "mean": float(values.mean()),
            "median": float(np.median(values)),
            "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
        }
        return {**base, "kind": "number", "distinct": 74 + index, **numbers}
    words = ["Private", "Self-emp-not-inc", "Local-gov", "State-gov", "Federal-gov"]
    top = [[word, int(33_906 / (place + 1) ** 1.4)] for place, word in enumerate(words)]
    return {**base, "kind": "category", "distinct": 8, "top": top}


def write_cleaning(folder: RunFolder, target: str, columns: list[str], classes: list[str]) -> None:
    changes: list[dict[str, Any]] = [
        change("blanks", None, "Blanks around values were cut off.", 439_578, 0, [" Private"]),
        change("missing_markers", columns[1], "“?” means that the value is missing.", 2799, 0),
        change("missing_markers", columns[-1], "“?” means that the value is missing.", 857, 0),
        change("duplicates", None, "Rows that are equal in every column were kept once.", 0, 52),
        change("ids", "row id", "It numbers the rows and says nothing of them.", 0, 0, ["1", "2"]),
    ]
    if classes:
        spelt = [f"{classes[-1]}. → {classes[-1]}"]
        words = "Two spellings of one label were merged."
        changes.append(change("merge_labels", target, words, 16_281, 0, spelt))
    write_json(
        folder.cleaning,
        {"rows_before": 48_842, "rows_after": 48_790, "changes": changes, "plan": {}},
    )


def change(
    cleaner: str,
    column: str | None,
    what: str,
    cells: int,
    rows: int,
    examples: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "cleaner": cleaner,
        "column": column,
        "what": what,
        "cells": cells,
        "rows": rows,
        "examples": examples or [],
    }


def write_repairs(folder: RunFolder, metric: str) -> None:
    """A step size that was found to be too large, and two that were tried in its place."""

    def attempt(changes: list[str], kept: bool, scores: list[float]) -> dict[str, Any]:
        return {
            "against": "learning_rate_too_high" if changes else "",
            "changes": changes, "kept": kept, "steps": 40, "of": 400, "skill": scores[-1],
            f"valid_{metric}": scores[-1],
            "course": [(i + 1, score) for i, score in enumerate(scores)],
            "losses": [(i + 1, 1 - score) for i, score in enumerate(scores)],
        }  # fmt: skip

    finding = {
        "name": "learning_rate_too_high", "subject": "step size", "step": 40,
        "evidence": {"lr": 10.0}, "harm": "It jumps.", "cause": "It is too large.",
        "advice": "Divide it by 10.", "repair": "lr 10 → 1", "gain": 0.35,
    }  # fmt: skip
    attempts = [
        attempt([], False, [0.5, 0.5]), attempt(["lr 10 → 1"], True, [0.7, 0.8]),
        attempt(["lr 10 → 0.1"], False, [0.6, 0.7]),
    ]  # fmt: skip
    write_json(folder.repairs, {"findings": [finding], "attempts": attempts})


def write_split(folder: RunFolder, test_rows: int) -> None:
    write_json(
        folder.split,
        {
            "name": "stratified",
            "reason": "The classes keep their shares in every part, so that each part is like "
            "the whole.",
            "seed": 0,
            "parts": {
                "train": {"rows": 34_000, "digest": "ab" * 32},
                "valid": {"rows": 5_000, "digest": "cd" * 32},
                "test": {"rows": test_rows, "digest": "ef" * 32},
            },
        },
    )


def write_history(folder: RunFolder, task: str, rng: np.random.Generator) -> None:
    history = History(folder.attempt(1) / "history.sqlite")
    metric = METRICS[task]
    start, floor = {"binary": (0.62, 0.29), "multiclass": (1.9, 0.2), "regression": (1.0, 0.2)}[
        task
    ]
    rates = np.exp(rng.uniform(math.log(2e-4), math.log(2e-2), MEMBERS))
    for epoch in range(1, EPOCHS + 1):
        step = epoch * STEPS
        history.record(epoch_measures(step, epoch, metric, (start, floor), rates, rng))
        history.record(
            Measure(step, epoch, -1, name, layer, value)
            for depth, layer in enumerate(LAYERS)
            for name, value in layer_values(depth, epoch, rng)
        )
    history.close()


def epoch_measures(
    step: int,
    epoch: int,
    metric: str,
    ends: tuple[float, float],
    rates: Any,
    rng: np.random.Generator,
) -> list[Measure]:
    start, floor = ends
    found = []
    for member in range(-1, MEMBERS):
        rate = 1.0 if member < 0 else 0.6 + 0.8 * (math.log(rates[member]) + 8.5) / 4.6
        noise = rng.normal(0, 0.003 if member < 0 else 0.012)
        fall = math.exp(-epoch * 0.22 * rate)
        train = floor * 0.93 + (start - floor) * fall - 0.0012 * floor * epoch + noise / 2
        late = 0.0016 * max(epoch - 19, 0) * floor / 0.29
        valid = floor * (1.0 if member < 0 else 1.06) + (start - floor) * fall + late + noise
        score = {
            "auc": 0.5 + 0.43 * (1 - (valid - floor) / (start - floor + 0.1)) ** 0.5,
            "log_loss": valid,
            "rmse": 210_000 * max(valid, 0.05) ** 0.9,
        }[metric]
        values = {"train_loss": train, "valid_loss": valid, f"valid_{metric}": score}
        if member >= 0:
            warm = min(epoch / 2, 1) * 0.5 * (1 + math.cos(math.pi * max(epoch - 15, 0) / 15))
            values["lr"] = rates[member] * max(warm, 1e-3)
        found += [
            Measure(step, float(epoch), member, name, "", float(value))
            for name, value in values.items()
        ]
    return found


def layer_values(depth: int, epoch: int, rng: np.random.Generator) -> list[tuple[str, float]]:
    wave = math.exp(rng.normal(0, 0.12))
    norm = 0.08 * 1.9**depth * (0.25 + math.exp(-epoch / 7)) * wave
    ratio = 2.2e-3 * 0.8**depth * (0.15 + math.exp(-epoch / 9)) * wave
    return [("grad_norm", norm), ("weight_norm", 11.0 + 0.1 * epoch), ("update_ratio", ratio)]


def write_findings(folder: RunFolder, columns: list[str]) -> None:
    write_json(
        folder.findings,
        [
            {
                "name": "unscaled_inputs",
                "subject": columns[0],
                "step": 0,
                "evidence": {"largest_scale": 1.2e5, "smallest_scale": 0.41, "ratio": 292_682.9},
                "harm": "Untreated, columns with large numbers would drown the others.",
                "cause": "The columns are measured in very different units.",
                "advice": "Nothing to do: all columns were brought to one scale.",
            }
        ],
    )


def scored(value: float, half: float) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half}


SCORES: dict[str, dict[str, tuple[float, float, float, float]]] = {
    # metric: (train, valid, test, half of the interval)
    "binary": {
        "auc": (0.936, 0.929, 0.9274, 0.0052),
        "log_loss": (0.272, 0.281, 0.2834, 0.009),
        "accuracy": (0.877, 0.873, 0.8718, 0.0066),
        "balanced_accuracy": (0.80, 0.792, 0.7903, 0.009),
        "f1": (0.74, 0.724, 0.7211, 0.0147),
        "average_precision": (0.85, 0.829, 0.8264, 0.012),
        "brier": (0.085, 0.088, 0.0884, 0.0033),
    },
    "multiclass": {
        "log_loss": (0.171, 0.189, 0.1834, 0.0171),
        "accuracy": (0.941, 0.934, 0.9358, 0.0092),
        "balanced_accuracy": (0.95, 0.943, 0.944, 0.0093),
        "f1": (0.95, 0.943, 0.9441, 0.0091),
        "auc": (0.997, 0.995, 0.9958, 0.0011),
    },
    "regression": {
        "rmse": (43_100.0, 46_900.0, 46_412.0, 1_480.0),
        "mae": (28_700.0, 30_650.0, 30_420.0, 760.0),
        "r2": (0.861, 0.834, 0.8372, 0.011),
        "median_absolute_error": (18_300.0, 19_600.0, 19_512.0, 590.0),
    },
}
ANCHORS: dict[str, list[tuple[str, str, float, float]]] = {
    "binary": [
        ("constant", "Constant guess", 0.5, 0.0),
        ("linear", "Logistic regression", 0.906, 0.2),
        ("boosted_trees", "Boosted trees", 0.9262, 2.1),
    ],
    "multiclass": [
        ("constant", "Constant guess", 1.823, 0.0),
        ("linear", "Logistic regression", 0.203, 0.4),
        ("boosted_trees", "Boosted trees", 0.196, 3.0),
    ],
    "regression": [
        ("constant", "Constant guess", 115_200.0, 0.0),
        ("linear", "Ridge regression", 68_300.0, 0.1),
        ("boosted_trees", "Boosted trees", 47_950.0, 1.2),
    ],
}


def write_metrics(
    folder: RunFolder,
    task: str,
    target: str,
    classes: list[str],
    columns: list[str],
    rng: np.random.Generator,
) -> None:
    metric = METRICS[task]
    parts = {
        part: {
            name: scored(values[place], values[3] * (0.45 if part == "train" else 1.0))
            for name, values in SCORES[task].items()
        }
        for place, part in enumerate(("train", "valid", "test"))
    }
    half = SCORES[task][metric][3]
    write_json(
        folder.metrics,
        {
            "task": task,
            "target": target,
            "classes": classes,
            "rows": {"train": 34_000, "valid": 5_000, "test": 9_769},
            "columns": len(columns),
            "metric": metric,
            "higher_is_better": metric == "auc",
            **parts,
            "anchors": [
                {
                    "name": name,
                    "label": label,
                    "valid": {metric: scored(value, half)},
                    "test": {metric: scored(value, half if name != "constant" else 0.0)},
                    "seconds": took,
                }
                for name, label, value, took in ANCHORS[task]
            ],
            "verdict": VERDICT,
            "members": members(metric, rng),
            "learning_curve": learning_curve(task),
            "importance": importance(columns, half, rng),
            "temperature": 1.08 if classes else None,
            "threshold": 0.5 if task == "binary" else None,
            "seconds": SECONDS,
            "model": {"name": "mlp", "members": 16, "parameters": 812_416, "bytes": 3_250_000},
        },
    )


def members(metric: str, rng: np.random.Generator) -> list[dict[str, Any]]:
    weights = [5, 3, 2, 2, 1, 1, 1, 1] + [0] * (MEMBERS - 8)
    found = []
    for member, weight in enumerate(weights):
        lr = float(np.exp(rng.uniform(math.log(2e-4), math.log(2e-2))))
        off = (math.log(lr / 2e-3) ** 2) * 0.0022 + abs(rng.normal(0, 0.002))
        value = {"auc": 0.927 - off, "log_loss": 0.19 + 4 * off, "rmse": 47_300 + off * 3e5}[metric]
        found.append(
            {
                "member": member,
                "best_epoch": float(rng.integers(14, 26)),
                "valid_metric": value,
                "weight": weight / sum(weights),
                **life(member),
                "settings": {
                    "lr": lr,
                    "dropout": round(float(rng.uniform(0, 0.4)), 3),
                    "weight_decay": 0.01,
                },
            }
        )
    return found


def life(member: int) -> dict[str, Any]:
    """Some stop early, one falls sick, and a newcomer takes its place."""
    whole = {"place": member, "born_epoch": 0.0, "parent": None}
    if member == MEMBERS - 1:
        return {**whole, "place": 9, "born_epoch": 6.0, "ended_epoch": 30.0, "ended": "finished",
                "parent": 9}  # fmt: skip
    if member == 9:
        return {**whole, "ended_epoch": 6.0, "ended": "sick"}
    if member % 3 == 2:
        return {**whole, "ended_epoch": 24.0 + member / 4, "ended": "stopped"}
    return {**whole, "ended_epoch": 30.0, "ended": "finished"}


def learning_curve(task: str) -> list[dict[str, float]]:
    best, worst = {
        "binary": (0.929, 0.05),
        "multiclass": (0.189, -0.2),
        "regression": (46_900, -3e4),
    }[task]
    return [
        {
            "rows": rows,
            "train": best + worst * 0.1 * (34_000 / rows) ** 0.3,
            "valid": best + worst * 0.1 - worst * 0.1 * (34_000 / rows) ** 0.55,
        }
        for rows in (1_000, 4_000, 12_000, 34_000)
    ]


def importance(columns: list[str], half: float, rng: np.random.Generator) -> list[dict[str, Any]]:
    found = []
    for place, column in enumerate(columns):
        mean = half * 12 * math.exp(-place * 0.55) - half * 0.02
        spread = half * float(rng.uniform(0.2, 0.5))
        found.append({"column": column, "mean": mean, "low": mean - spread, "high": mean + spread})
    return found


def write_predictions(
    folder: RunFolder, task: str, truth: Any, said: Any, classes: list[str]
) -> None:
    base: dict[str, Any] = {"row": np.arange(len(truth)), "part": ["test"] * len(truth)}
    if task == "regression":
        frame = pl.DataFrame({**base, "target": truth, "prediction": said})
    else:
        frame = pl.DataFrame(
            {
                **base,
                "target": [classes[index] for index in truth],
                "prediction": [classes[index] for index in said.argmax(axis=1)],
                **{f"p:{label}": said[:, i].astype("f4") for i, label in enumerate(classes)},
            }
        )
    frame.write_parquet(folder.predictions)


VERDICT = {
    "name": "bestfit",
    "sentence": "The model does as well on rows it never saw as on its own, and no simple model "
    "beats it.",
    "evidence": [
        "Training and validation metric lie within their intervals of each other.",
        "Validation stopped improving before training ended: it was trained for long enough.",
        "It is as good as boosted trees and better than a linear model, beyond chance.",
    ],
}
SECONDS = {
    "read": 0.31,
    "clean": 0.42,
    "anchors": 4.1,
    "train": 33.2,
    "evaluate": 1.9,
    "report": 0.4,
    "total": 41.3,
}
ENVIRONMENT = {
    "bestfit": "0.1.0",
    "python": "3.11.7",
    "torch": "2.13.0",
    "polars": "2.1.0",
    "sklearn": "1.9.1",
    "platform": "Linux x86_64",
    "device": "cpu",
    "threads": 2,
    "seed": 0,
    "data_digest": "9f" * 32,
}
CONFIG = """\
[data]
source = "{source}"
target = "income"

[model]
name = "mlp"
members = 16
width = 256
blocks = 3
activation = "relu"
dropout = 0.4

[optimizer]
name = "adamw"
lr = 0.002
weight_decay = 0.01

[schedule]
name = "flat_cosine"

[training]
batch_size = 256
epochs = {epochs}
patience = 8
clip_norm = 1.0
seed = 0
"""
