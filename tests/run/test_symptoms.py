"""What is named beside a cause: what the whole training shows."""

from types import SimpleNamespace

import pytest

from bestfit.diagnoses import Case, Course, Finding, Setting
from bestfit.run.symptoms import symptoms

SWINGING = Course(steps=(1, 2, 3, 4, 5), train_loss=(1.0, 0.4, 0.9, 0.3, 0.8), skill=(0.1,) * 5)
SETTLING = Course(  # it swings once it has fallen
    steps=tuple(range(10)), train_loss=(2.3, 0.9, 0.5, 0.3, 0.25, 0.3, 0.26, 0.31, 0.27, 0.3),
    skill=(0.8,) * 10,
)  # fmt: skip
FALLING = Course(
    steps=(1, 2, 3, 4, 5), train_loss=(1.0, 0.9, 0.8, 0.7, 0.6), skill=(0.1, 0.2, 0.3, 0.4, 0.5)
)


def named(causes, course, *, batch_size=32, epochs=20.0, optimizer="sgd"):
    """Names beside causes, of a training that went so."""
    setting = Setting(
        task="multiclass", loss="cross_entropy", takes="logits", optimizer=optimizer, lr=0.1,
        usual_lr=0.01, batch_size=batch_size, epochs=epochs, n_steps=500, metric="accuracy",
    )  # fmt: skip
    case = Case(setting=setting, course=course, step=500, first={("loss", ""): 1.0},
                rows={"n": 1000.0})  # fmt: skip
    advanced = []
    race = SimpleNamespace(case=lambda _: case, advance=lambda *given: advanced.append(given))
    plain = SimpleNamespace(job=SimpleNamespace(options={"epochs": epochs}))
    found = symptoms(race, plain, [
        Finding(name=cause, step=7, repair="something else") for cause in causes.split()
    ])  # fmt: skip
    early = {"batch_size_too_small"}  # which settings show before the first step
    assert all(f.step == (0 if f.name in early else 7) for f in found)
    assert all(f.repair == "something else" for f in found)
    return [f.name for f in found], len(advanced)


@pytest.mark.parametrize(("given", "names"), [
    (("learning_rate_too_high", SWINGING), ["oscillating_loss"]),
    (("learning_rate_too_high", FALLING), []),
    (("learning_rate_too_high", SETTLING), ["oscillating_loss"]),
    (("slow_convergence", SETTLING), []),
    (("underfitting", SWINGING), []),
    (("slow_convergence", FALLING), []),
    (("slow_convergence learning_rate_too_high", SWINGING), ["oscillating_loss"]),
    (("learning_rate_too_low", FALLING), ["slow_convergence"]),
])  # fmt: skip
def test_what_the_whole_training_shows_is_named_with_its_cause(given, names):
    assert named(*given) == (names, 0)


def test_batches_of_few_rows_make_a_step_too_large():
    assert named("learning_rate_too_high", FALLING, batch_size=1)[0] == ["batch_size_too_small"]


def test_a_training_of_few_passes_is_brought_to_its_end():
    assert named("slow_convergence", FALLING, epochs=3.0) == (["too_few_epochs"], 1)
