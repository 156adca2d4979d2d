"""Networks for pictures that are ill: what only pictures suffer from."""

import numpy as np
from torch import nn

import bestfit

SIDE = 10


def bars(n, seed, noise=0.3, most=6):
    """Pictures of one bar, upright or lying, anywhere; and which of the two it is."""
    random = np.random.default_rng(seed)
    X = random.normal(0, noise, size=(n, 1, SIDE, SIDE)).astype(np.float32)
    y = random.integers(0, 2, n)
    for picture, label in zip(X[:, 0], y, strict=True):
        a, b = random.integers(0, most, 2)
        picture[(slice(a, a + 4), b + 1) if label else (a + 1, slice(b, b + 4))] += 1
    return X, y


def dense():
    return nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, 128), nn.ReLU(), nn.Linear(128, 2))


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 2),
    )  # fmt: skip


def fit(make, train, valid, *, epochs, repair=True):
    return bestfit.fit(
        make, train=train, valid=valid, loss="cross_entropy", optimizer="adam", lr=3e-3,
        batch_size=32, epochs=epochs, metric="accuracy", repair=repair,
    )  # fmt: skip


def right(result, test):
    return float((result.predict(test[0]) == test[1]).mean())


def test_few_pictures_that_are_learnt_by_heart_are_moved():
    data = bars(300, 0), bars(200, 1)
    plain, repaired = (fit(dense, *data, epochs=40, repair=repair) for repair in (False, True))
    (finding,) = repaired.findings
    assert finding["name"] == "overfitting" and "moved at random" in finding["repair"]
    assert right(repaired, bars(500, 2)) > right(plain, bars(500, 2)) + 0.05


def test_a_pixel_that_says_the_class_is_taken_away():
    def told(rows):
        X, y = rows
        X = X.copy()
        X[:, 0, 0, -1] = 3 * y - 1
        return X, y

    result = fit(convolutional, told(bars(600, 0)), told(bars(200, 1)), epochs=15)
    (finding,) = result.findings
    assert finding["name"] == "data_leakage" and finding["subject"] == f"pixel {SIDE - 1}"
    assert right(result, bars(500, 2)) > 0.9


def test_negatives_are_turned_around():
    X, y = bars(200, 1)
    result = fit(convolutional, bars(600, 0), (1 - X, y), epochs=15)
    (finding,) = result.findings
    assert finding["name"] == "train_val_shift" and "turned around" in finding["repair"]
    X, y = bars(500, 2)
    assert right(result, (1 - X, y)) > 0.9 and right(result, (X, y)) > 0.9
