"""Findings name what was seen, with harm, cause and advice."""

from bestfit.cleaners import Settings, prepare
from bestfit.run.findings import findings_of
from bestfit.run.verdict import Verdict
from bestfit.table import Table

FINE = Verdict("bestfit", "All is well.", ())
KEYS = {"name", "subject", "step", "evidence", "harm", "cause", "advice"}


def test_a_healthy_run_has_none():
    assert findings_of([], FINE, 0, 100) == []


def test_warnings_of_a_real_profile_become_findings():
    rows = {
        "x": [float(i % 17) for i in range(400)],
        "bad": ["inf" if i == 3 else str(i * i % 101) for i in range(400)],
        "y": ["rare" if i % 50 == 0 else "common" for i in range(400)],
    }
    warnings = prepare(Table.of(rows), "y", Settings()).profile["warnings"]
    found = findings_of(warnings, FINE, 0, 100)
    assert {"class_imbalance", "nonfinite_data"} <= {f["name"] for f in found}
    assert all(set(f) == KEYS and f["step"] == 0 for f in found)


def test_the_fit_and_skipped_steps_are_findings_too():
    found = findings_of([], Verdict("overfit", "By heart.", ()), 7, 100)
    assert [f["name"] for f in found] == ["exploding_gradient", "overfitting"]
    assert found[0]["evidence"] == {"skipped_steps": 7}
