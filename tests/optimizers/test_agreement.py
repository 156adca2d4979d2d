"""Each optimizer beside torch's own, or a slow transcription of what Keras does, in float64."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from bestfit.optimizers import optimizer

STEPS = 40
SHAPES = [(5, 3), (3,), (4, 2, 3), ()]


def parameters(dtype=torch.float64):
    generator = torch.Generator().manual_seed(3)
    return [
        nn.Parameter(torch.randn(s, dtype=torch.float64, generator=generator).to(dtype))
        for s in SHAPES
    ]


def gradients(params, step):
    """A bent, noisy bowl: gradients of many sizes, and of both signs."""
    generator = torch.Generator().manual_seed(1000 + step)
    for i, p in enumerate(params):
        w = p.detach()
        noise = torch.randn(w.shape, dtype=torch.float64, generator=generator).to(w.dtype)
        p.grad = 10.0 ** (i - 2) * (w - 0.5) + 0.3 * w.tanh() + 0.05 * noise


def walk(build, steps=STEPS, *, groups=None, schedule=None, at=None, dtype=torch.float64):
    """Weights after some steps; at step ``at`` the optimizer is saved, or copied, and goes on."""
    params = parameters(dtype)
    opt = build(groups(params) if groups else params)
    scheduler = schedule(opt) if schedule else None
    for step in range(steps):
        if at is not None and step == at[1]:
            if at[0] == "saved":
                saved = copy.deepcopy(opt.state_dict())
                params = [nn.Parameter(p.detach().clone()) for p in params]
                opt = build(groups(params) if groups else params)
                opt.load_state_dict(saved)
            else:
                params, opt = copy.deepcopy((params, opt))
        gradients(params, step)
        before = [p.grad.clone() for p in params]
        opt.step()
        assert all(torch.equal(p.grad, g) for p, g in zip(params, before, strict=True))
        if scheduler:
            scheduler.step()
    return torch.cat([p.detach().flatten() for p in params])


def gap(ours, theirs):
    return float(((ours - theirs).abs() / theirs.abs().clamp(min=1.0)).max())


T = torch.optim
CASES = {
    "sgd": ("sgd", {"lr": 0.1}, T.SGD, {"lr": 0.1}),
    "sgd decay": (
        "sgd", {"lr": 0.1, "weight_decay": 0.03}, T.SGD, {"lr": 0.1, "weight_decay": 0.03}
    ),
    "momentum": ("momentum", {"lr": 0.02, "beta": 0.85}, T.SGD, {"lr": 0.02, "momentum": 0.85}),
    "momentum decay": (
        "momentum", {"lr": 0.02, "weight_decay": 0.1}, T.SGD,
        {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.1},
    ),
    "nesterov": (
        "nesterov", {"lr": 0.02, "beta": 0.8, "weight_decay": 0.01}, T.SGD,
        {"lr": 0.02, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
    ),
    "adagrad": ("adagrad", {}, T.Adagrad, {}),
    "adagrad options": (
        "adagrad", {"lr": 0.3, "eps": 1e-3, "initial_accumulator": 0.2, "lr_decay": 0.05,
                    "weight_decay": 0.01}, T.Adagrad,
        {"lr": 0.3, "eps": 1e-3, "initial_accumulator_value": 0.2, "lr_decay": 0.05,
         "weight_decay": 0.01},
    ),
    "rmsprop": ("rmsprop", {}, T.RMSprop, {}),
    "rmsprop options": (
        "rmsprop", {"lr": 0.02, "rho": 0.8, "eps": 1e-3, "centered": True, "beta": 0.5,
                    "weight_decay": 0.02}, T.RMSprop,
        {"lr": 0.02, "alpha": 0.8, "eps": 1e-3, "centered": True, "momentum": 0.5,
         "weight_decay": 0.02},
    ),
    "adam": ("adam", {}, T.Adam, {}),
    "adam options": (
        "adam", {"lr": 0.02, "beta1": 0.7, "beta2": 0.95, "eps": 1e-4, "weight_decay": 0.03},
        T.Adam,
        {"lr": 0.02, "betas": (0.7, 0.95), "eps": 1e-4, "weight_decay": 0.03},
    ),
    "amsgrad": ("adam", {"lr": 0.02, "amsgrad": True}, T.Adam, {"lr": 0.02, "amsgrad": True}),
    "adam decoupled": (
        "adam", {"weight_decay": 0.1, "decoupled": True}, T.Adam,
        {"weight_decay": 0.1, "decoupled_weight_decay": True},
    ),
    "adamw": ("adamw", {}, T.AdamW, {}),
    "adamw amsgrad": (
        "adamw", {"lr": 0.05, "weight_decay": 0.2, "amsgrad": True}, T.AdamW,
        {"lr": 0.05, "weight_decay": 0.2, "amsgrad": True},
    ),
    "nadam": ("nadam", {}, T.NAdam, {}),
    "nadam options": (
        "nadam",
        {"lr": 0.02, "beta1": 0.8, "beta2": 0.9, "momentum_decay": 0.1, "weight_decay": 0.1},
        T.NAdam, {"lr": 0.02, "betas": (0.8, 0.9), "momentum_decay": 0.1, "weight_decay": 0.1},
    ),
    "nadam decoupled": (
        "nadam", {"weight_decay": 0.1, "decoupled": True}, T.NAdam,
        {"weight_decay": 0.1, "decoupled_weight_decay": True},
    ),
    "adadelta": ("adadelta", {}, T.Adadelta, {}),
    "adadelta options": (
        "adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1}, T.Adadelta,
        {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1},
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _double():
    """torch keeps Nadam's momentum product in the default precision."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def builds(case):
    name, ours, theirs, options = CASES[case]
    return optimizer[name](**ours, convention="torch").build, lambda p: theirs(p, **options)


@pytest.mark.parametrize("case", CASES)
def test_trajectories_equal_torch(case):
    ours, theirs = builds(case)
    assert gap(walk(ours), walk(theirs)) < 1e-10


@pytest.mark.parametrize("case", CASES)
def test_groups_with_numbers_of_their_own_equal_torch(case):
    ours, theirs = builds(case)

    def groups(params):
        return [{"params": params[:2], "lr": 0.005, "weight_decay": 0.07}, {"params": params[2:]}]

    assert gap(walk(ours, groups=groups), walk(theirs, groups=groups)) < 1e-10


SCHEDULES = {
    "exponential": lambda o: T.lr_scheduler.ExponentialLR(o, 0.9),
    "step": lambda o: T.lr_scheduler.StepLR(o, 7, 0.3),
    "restarts": lambda o: T.lr_scheduler.CosineAnnealingWarmRestarts(o, 9),
}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("case", CASES)
def test_schedules_equal_torch(case, schedule):
    ours, theirs = builds(case)
    made = SCHEDULES[schedule]
    assert gap(walk(ours, schedule=made), walk(theirs, schedule=made)) < 1e-10


@pytest.mark.parametrize(
    "case", ["momentum", "nesterov", "adam", "adamw", "nadam", "rmsprop options"]
)
def test_one_cycle_may_move_the_momentum_too(case):
    ours, theirs = builds(case)

    def one_cycle(opt):
        return T.lr_scheduler.OneCycleLR(opt, max_lr=0.05, total_steps=STEPS + 1)

    assert gap(walk(ours, schedule=one_cycle), walk(theirs, schedule=one_cycle)) < 1e-10


@pytest.mark.parametrize("how", ["saved", "copied"])
@pytest.mark.parametrize("name", [n for n in optimizer if not optimizer[n].searches])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_going_on_from_a_saved_state_or_a_copy_changes_no_bit(name, how, dtype):
    build = optimizer[name](weight_decay=0.01).build
    assert torch.equal(walk(build, dtype=dtype), walk(build, dtype=dtype, at=(how, 13)))


@pytest.mark.parametrize("case", CASES)
def test_single_precision_stays_near_torch(case):
    ours, theirs = builds(case)
    single = [walk(build, dtype=torch.float32).double() for build in (ours, theirs)]
    assert gap(*single) < 2e-4


def rates(opt_lr, step, schedule):
    return opt_lr * (0.97**step if schedule else 1.0)


def keras(rule, schedule):
    """Weights by Keras' formulas, number by number, with Python's own arithmetic."""
    params = [p.detach().numpy().copy() for p in parameters()]
    states = [None] * len(params)
    for step in range(STEPS):
        tensors = [nn.Parameter(torch.from_numpy(np.asarray(w))) for w in params]
        gradients(tensors, step)
        for i, (w, p) in enumerate(zip(params, tensors, strict=True)):
            lr = rates(rule.lr, step, schedule)
            g = p.grad.numpy()
            w = w - w * rule.weight_decay * lr
            params[i], states[i] = KERAS[rule.name](rule, w, g, states[i], lr, step + 1)
    return torch.cat([torch.as_tensor(w).flatten() for w in params])


def k_momentum(r, w, g, s, lr, t):
    v = (0 if s is None else s) * r.beta - lr * g
    return w + v, v


def k_nesterov(r, w, g, s, lr, t):
    v = (0 if s is None else s) * r.beta - lr * g
    return w + r.beta * v - lr * g, v


def k_adagrad(r, w, g, s, lr, t):
    G = (r.initial_accumulator if s is None else s) + g * g
    return w - lr * g / np.sqrt(G + r.eps), G


def k_rmsprop(r, w, g, s, lr, t):
    v, m, b = s or (0, 0, 0)
    v = r.rho * v + (1 - r.rho) * g * g
    m = r.rho * m + (1 - r.rho) * g
    step = lr * g / np.sqrt((v - m * m if r.centered else v) + r.eps)
    b = r.beta * b + step
    return w - (b if r.beta else step), (v, m, b)


def k_adam(r, w, g, s, lr, t):
    m, v, top = s or (0, 0, 0)
    m, v = r.beta1 * m + (1 - r.beta1) * g, r.beta2 * v + (1 - r.beta2) * g * g
    top = np.maximum(top, v)
    alpha = lr * math.sqrt(1 - r.beta2**t) / (1 - r.beta1**t)
    return w - alpha * m / (np.sqrt(top if r.amsgrad else v) + r.eps), (m, v, top)


def k_nadam(r, w, g, s, lr, t):
    m, v, product = s or (0, 0, 1.0)
    now, then = (r.beta1 * (1 - 0.5 * 0.96**k) for k in (t, t + 1))
    product *= now
    m, v = r.beta1 * m + (1 - r.beta1) * g, r.beta2 * v + (1 - r.beta2) * g * g
    ahead = then * m / (1 - product * then) + (1 - now) * g / (1 - product)
    return w - lr * ahead / (np.sqrt(v / (1 - r.beta2**t)) + r.eps), (m, v, product)


def k_adadelta(r, w, g, s, lr, t):
    v, u = s or (0, 0)
    v = r.rho * v + (1 - r.rho) * g * g
    d = np.sqrt(u + r.eps) / np.sqrt(v + r.eps) * g
    return w - lr * d, (v, r.rho * u + (1 - r.rho) * d * d)


def k_ftrl(r, w, g, s, lr, t):
    n, z = (np.full_like(w, r.initial_accumulator), np.zeros_like(w)) if s is None else s
    grown = n + g * g
    power = -r.lr_power
    z = z + g + 2 * r.l2_shrinkage * w - (grown**power - n**power) / lr * w
    steep = grown**power / lr + 2 * (r.l2 + r.beta / (2 * lr))
    return (np.clip(z, -r.l1, r.l1) - z) / steep, (grown, z)


KERAS = {
    "momentum": k_momentum, "nesterov": k_nesterov, "adagrad": k_adagrad, "rmsprop": k_rmsprop,
    "adam": k_adam, "adamw": k_adam, "nadam": k_nadam, "adadelta": k_adadelta, "ftrl": k_ftrl,
}  # fmt: skip
KERAS_CASES = [
    ("momentum", {"lr": 0.02}), ("nesterov", {"lr": 0.02, "weight_decay": 0.1}), ("adagrad", {}),
    ("adagrad", {"lr": 0.2, "weight_decay": 0.1}), ("rmsprop", {}),
    ("rmsprop", {"lr": 0.02, "centered": True, "beta": 0.6, "eps": 1e-3}), ("adam", {}),
    ("adam", {"lr": 0.1, "eps": 0.01, "amsgrad": True}), ("adamw", {}), ("nadam", {"lr": 0.03}),
    ("adadelta", {"lr": 1.0}), ("ftrl", {"lr": 0.1}),
    ("ftrl", {"lr": 0.1, "l1": 0.1, "l2": 0.2, "beta": 0.5, "l2_shrinkage": 0.05}),
    ("ftrl", {"lr": 0.1, "lr_power": -0.7, "initial_accumulator": 0.3}),
]  # fmt: skip


@pytest.mark.parametrize("schedule", [False, True])
@pytest.mark.parametrize(("name", "options"), KERAS_CASES)
def test_trajectories_equal_keras(name, options, schedule):
    rule = optimizer[name](convention="keras", **options)
    made = (lambda o: T.lr_scheduler.ExponentialLR(o, 0.97)) if schedule else None
    assert gap(walk(rule.build, schedule=made), keras(rule, schedule)) < 1e-10


def test_the_documents_momentum_is_torchs_with_a_smaller_step():
    ours = walk(optimizer["momentum"](lr=0.1, beta=0.8).build)
    theirs = walk(lambda p: T.SGD(p, lr=0.1 * (1 - 0.8), momentum=0.8))
    assert gap(ours, theirs) < 1e-12


@pytest.mark.parametrize("lookahead", ["scaled", "literal"])
def test_nesterovs_gradient_is_that_of_the_point_ahead(lookahead):
    """v ← βv + (1−β)∇L(w − ahead), w ← w − lr·v, on a bowl, by Python's own numbers."""
    lr, beta, w, v = 0.05, 0.7, 2.0, 0.0
    p = nn.Parameter(torch.tensor([w]))
    opt = optimizer["nesterov"](lr=lr, beta=beta, lookahead=lookahead).build([p])
    for _ in range(STEPS):
        ahead = beta * v * (lr if lookahead == "scaled" else 1.0)
        v = beta * v + (1 - beta) * 3 * (w - ahead - 1)
        w -= lr * v
        p.grad = 3 * (p.detach() - 1)
        opt.step()
        opt.eval()
        assert p.item() == pytest.approx(w, rel=1e-12)
        opt.train()


def test_the_documents_adagrad_and_rmsprop_have_epsilon_under_the_root():
    for name in ("adagrad", "rmsprop"):
        rule = optimizer[name](lr=0.1, eps=0.01)
        p, w, s = nn.Parameter(torch.tensor([2.0])), 2.0, 0.0
        opt = rule.build([p])
        for _ in range(STEPS):
            g = 3 * (w - 1)
            s = s + g * g if name == "adagrad" else 0.9 * s + 0.1 * g * g
            w -= 0.1 * g / math.sqrt(s + 0.01)
            p.grad = 3 * (p.detach() - 1)
            opt.step()
        assert p.item() == pytest.approx(w, rel=1e-12)


def test_weights_that_are_judged_come_and_go_without_a_trace():
    for name in ("nesterov", "schedulefree_adamw", "adam"):
        build = optimizer[name](lr=0.01).build
        params = parameters()
        opt = build(params)
        for step in range(STEPS):
            gradients(params, step)
            opt.step()
            opt.eval()
            if name != "adam":
                with pytest.raises(RuntimeError, match="train"):
                    opt.step()
            opt.train()
        assert torch.equal(torch.cat([p.detach().flatten() for p in params]), walk(build))


def coo(rows, values):
    return torch.sparse_coo_tensor(torch.tensor([rows]), values, (6, 3), check_invariants=True)


@pytest.mark.parametrize("name", ["sgd", "adagrad", "ftrl"])
def test_sparse_rows_move_as_dense_ones_and_the_others_rest(name):
    rule = optimizer[name](lr=0.3, **({"l1": 0.01} if name == "ftrl" else {}))
    w = torch.randn(6, 3)
    sparse, dense = nn.Parameter(w.clone()), nn.Parameter(w[[1, 4]].clone())
    opts = rule.build([sparse]), rule.build([dense])
    for step in range(10):
        values = torch.randn(2, 3, generator=torch.Generator().manual_seed(step))
        sparse.grad = coo([4, 1], values.flip(0))
        dense.grad = values
        for opt in opts:
            opt.step()
    assert torch.allclose(sparse[[1, 4]], dense[[0, 1]], rtol=1e-12)
    assert torch.equal(sparse[[0, 2, 3, 5]], w[[0, 2, 3, 5]])


def test_a_sparse_gradient_is_refused_where_every_weight_moves():
    p = nn.Parameter(torch.randn(6, 3))
    p.grad = coo([4], torch.ones(1, 3))
    for name in ("momentum", "nadam", "rmsprop"):
        with pytest.raises(Exception, match="sparse"):
            optimizer[name]().build([p]).step()


@pytest.mark.parametrize("name", ["adam", "nadam", "rmsprop", "momentum", "lion", "adadelta"])
def test_members_may_differ_in_what_they_remember(name):
    fields = {"adam": "beta1", "nadam": "beta2", "lion": "beta2", "momentum": "beta"}
    field = fields.get(name, "rho")
    start = torch.randn(2, 3, 4)
    together = nn.Parameter(start.clone())
    alone = [nn.Parameter(w.clone()) for w in start]
    opts = [optimizer[name](**{field: (0.5, 0.95)}).build([together])]
    opts += [
        optimizer[name](**{field: b}).build([w]) for b, w in zip((0.5, 0.95), alone, strict=True)
    ]
    for _ in range(STEPS):
        together.grad = together.detach() - 1
        for w in alone:
            w.grad = w.detach() - 1
        for opt in opts:
            opt.step()
    for j in range(2):
        assert torch.allclose(together[j], alone[j], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("name", [n for n in optimizer if not optimizer[n].searches])
def test_large_tensors_go_in_parts_without_a_difference(name, each, monkeypatch):
    import bestfit.optimizers.stepping as rule

    def moved():
        p = nn.Parameter(torch.linspace(-1, 1, 3 * 4 * 50).view(3, 4, 50))
        group = {"params": [p], "members": 3}
        if each:
            group["lr"] = torch.tensor([0.01, 0.02, 0.03])
        opt = optimizer[name]().build([group])
        for _ in range(5):
            p.grad = p.detach().sin()
            opt.step()
        return p.detach()

    whole = moved()
    monkeypatch.setattr(rule, "CHUNK", 64)
    assert torch.allclose(moved(), whole, rtol=1e-13, atol=1e-15)


def test_muon_moves_matrices_along_an_orthogonal_direction_and_the_rest_by_adamw():
    matrix, bias = nn.Parameter(torch.randn(6, 4)), nn.Parameter(torch.randn(6))
    like = nn.Parameter(bias.detach().clone())
    before = matrix.detach().clone()
    ours = optimizer["muon"](lr=0.01, weight_decay=0.0, adjust="original").build([matrix, bias])
    adamw = T.AdamW([like], lr=0.01, weight_decay=0.0)
    for p in (matrix, bias, like):
        p.grad = torch.randn(p.shape, generator=torch.Generator().manual_seed(0))
    ours.step(), adamw.step()
    values = torch.linalg.svdvals((before - matrix) / (0.01 * 1.5**0.5))
    assert values.min() > 0.6 and values.max() < 1.3
    assert torch.allclose(bias, like, rtol=1e-9)


def test_soap_on_a_diagonal_is_adam_turned_to_the_axes_of_the_gradient():
    """A gradient of one direction has one axis: Adam's step of size lr goes along it."""
    u, v = torch.tensor([0.6, 0.8]), torch.tensor([1.0, 0.0, 0.0])
    p = nn.Parameter(torch.zeros(2, 3))
    p.grad = 5 * torch.outer(u, v)
    optimizer["soap"](lr=0.1, weight_decay=0.0).build([p]).step()
    assert torch.allclose(p.detach(), -0.1 * torch.outer(u, v), atol=1e-6)


def test_prodigy_finds_a_step_size_of_the_size_of_the_way():
    for scale in (1.0, 1e3):
        p = nn.Parameter(torch.full((10,), 7.0 * scale))
        opt = optimizer["prodigy"]().build([p])
        for _ in range(400):
            p.grad = (p.detach() / scale).tanh()
            opt.step()
        assert float(p.detach().abs().max()) < 0.5 * scale


@pytest.mark.parametrize("name", [n for n in optimizer if not optimizer[n].searches])
def test_a_compiled_step_is_the_same_step(name):
    ours = walk(optimizer[name]().build, steps=4, dtype=torch.float32)

    def compiled(params):
        opt = optimizer[name]().build(params)
        opt.step = torch.compile(opt.step, backend="eager")
        return opt

    tolerance = 1e-3 if name == "soap" else 1e-5
    assert gap(walk(compiled, steps=4, dtype=torch.float32).double(), ours.double()) < tolerance


def test_numbers_may_come_as_tensors_arrays_or_lists():
    together = optimizer["adam"](
        lr=torch.tensor([0.1, 0.2]), beta1=[0.8, 0.9], eps=np.float64(1e-6)
    )
    assert together.lr == (0.1, 0.2) and together.beta1 == (0.8, 0.9) and together.eps == 1e-6
    assert optimizer["sgd"](lr=torch.tensor(0.5)).lr == 0.5


def test_a_state_survives_a_file(tmp_path):
    params = parameters()
    opt = optimizer["nadam"]().build(params)
    for step in range(5):
        gradients(params, step)
        opt.step()
    torch.save(opt.state_dict(), tmp_path / "s.pt")
    again = optimizer["nadam"]().build(params)
    again.load_state_dict(torch.load(tmp_path / "s.pt", weights_only=True))
    for p in params:
        for key, value in opt.state[p].items():
            assert (
                torch.equal(again.state[p][key], value) and again.state[p][key].dtype == value.dtype
            )
