"""How large and how long: members, width, batch and epochs, from rows, columns and clock."""

from dataclasses import replace

from ..config import ModelConfig, RunConfig
from ..models import Model
from ..models import model as models
from ..optimizers import optimizer
from ..transforms import Layout

__all__ = [
    "FEWEST_LOOKS",
    "LEAST_SEEN",
    "LOOKS",
    "LOOK_SHARE",
    "MAX_EPOCHS",
    "MAX_SEEN",
    "MAX_SEEN_PICTURES",
    "MIN_EPOCHS",
    "default_bins",
    "few_threads",
    "kind_of",
    "resolve_sizes",
    "threads_for",
    "usual_lr",
]

LOOKS = 40  # looks at the validation rows that a run plans
# Rows of a step by training rows, after TabM (Gorishniy et al., ICLR 2025).
BATCHES = ((2_800, 32), (4_500, 64), (6_400, 128), (32_000, 256), (108_000, 512))
MAX_PICTURES = 128  # of a step
WORK = 40e9  # multiply-adds a second that the default budget assumes: two plain cores
TUNED_LR = {
    "adamw": 4e-3, "adam": 4e-3, "nadam": 4e-3, "rmsprop": 1e-3, "sgd": 0.1, "momentum": 0.1,
    "nesterov": 0.1, "lion": 4e-4, "muon": 4e-3, "schedulefree_adamw": 4e-3,
}  # fmt: skip
MAX_EPOCHS, MIN_EPOCHS = 120.0, 8.0
LOOK_SHARE = 0.15  # of the training time may go into looks
FEWEST_LOOKS = 8
MAX_SEEN, MAX_SEEN_PICTURES = 2_000, 200  # training rows that are scored at each look
LEAST_SEEN = 500  # of them, where there are fewer validation rows
SMALL_PRODUCT = 1_000_000  # multiply-adds: below, waking a thread costs more than it saves


def default_bins(n_rows: int, n_numbers: int) -> int:
    """Bins of a number's piecewise-linear encoding: more rows bear more, many columns need fewer.

    >>> default_bins(500, 5), default_bins(40_000, 6), default_bins(40_000, 60)
    (8, 48, 16)
    """
    by_rows = 8 if n_rows < 2_000 else 16 if n_rows < 10_000 else 48
    return min(by_rows, max(16, 600 // max(1, n_numbers))) if by_rows > 8 else 8


def usual_lr(name: str) -> float:
    """The step size of an optimizer where none is asked for."""
    return TUNED_LR.get(name, float(getattr(optimizer[name](), "lr", 1e-2)))


def resolve_sizes(config: RunConfig, n_rows: int, n_valid: int, layout: Layout) -> RunConfig:
    """Fill in what is left to choose, but for what the clock decides under ``time_s``.

    Args:
        config: as asked for.
        n_rows: training rows.
        n_valid: validation rows.
        layout: of the inputs.
    """
    model, training, chosen = config.model, config.training, config.optimizer
    kind = kind_of(model)
    usual = next((b for n, b in BATCHES if n_rows < n), 1024)
    batch = training.batch_size or (min(usual, MAX_PICTURES) if kind.pictures else usual)
    if training.batch_size is None and optimizer[chosen.name].searches:
        batch = "full"  # a search needs the same loss at each trial
    members, width = kind.sizes[kind.usual]
    if kind.hidden:
        model = replace(
            model,
            width=model.width or width,
            blocks=model.blocks or kind.usual_blocks(layout),
            dropout=0.3 if model.dropout is None else model.dropout,
        )
    model = replace(model, members=model.members or members)
    if training.augment is None:
        training = replace(training, augment=usual_changes(kind, layout))
    chosen = replace(
        chosen,
        lr=usual_lr(chosen.name) if chosen.lr is None else chosen.lr,
        spread=(3.0 if chosen.lr is None else 1.0) if chosen.spread is None else chosen.spread,
        weight_decay=0.01 if chosen.weight_decay is None else chosen.weight_decay,
    )
    training = replace(training, batch_size=batch, patience=training.patience or kind.patience)
    if training.epochs is None and training.time_s is None:
        epochs = default_epochs(n_rows, products(model, layout), model.members or 1)
        training = replace(training, epochs=epochs)
    if training.epochs is not None:
        looks = training.looks or default_looks(training.epochs, n_rows, n_valid)
        training = replace(training, looks=looks)
    return replace(config, model=model, optimizer=chosen, training=training)


def kind_of(wanted: ModelConfig) -> type[Model]:
    """The kind of network; before the rows have decided, that of most tables."""
    return models[wanted.name or "mlp"]


def usual_changes(kind: type[Model], layout: Layout) -> tuple[str, ...]:
    """What is done to pictures in training where nothing is asked for.

    Photos are the same in a mirror; grey pictures may be letters and digits, which are not.
    """
    if not kind.pictures or layout.grid is None:
        return ()
    return ("shift", "flip") if layout.grid.colour else ("shift",)


def products(model: ModelConfig, layout: Layout) -> int:
    """Multiply-adds of a row through the hidden part of one network."""
    kind = kind_of(model)
    asked = {"width": model.width, "blocks": model.blocks}
    return kind(**asked if kind.hidden else {}).products(layout)  # type: ignore[arg-type]  # resolved


def default_epochs(n_rows: int, row_products: int, members: int) -> float:
    """Passes over the rows without a clock: 12 s of work at 5,000 rows, growing like n^0.7."""
    per_row = 6 * members * (row_products + 1000)
    budget_s = 12 * float(n_rows / 5_000) ** 0.7
    return float(round(min(MAX_EPOCHS, max(MIN_EPOCHS, budget_s * WORK / (per_row * n_rows)))))


def default_looks(epochs: float, n_rows: int, n_valid: int) -> int:
    """Looks without a clock: at most a third of the training's work, as each goes forward only.

    Args:
        epochs: of the training.
        n_rows: training rows, through which it goes forward and backward.
        n_valid: validation rows, all of which are looked at.

    >>> default_looks(60, 2_000, 300), default_looks(2, 31_000, 8_000)
    (40, 8)
    """
    looked_at = n_valid + min(MAX_SEEN, n_rows)
    return int(max(FEWEST_LOOKS, min(LOOKS, epochs * n_rows / looked_at)))


def few_threads(config: RunConfig, layout: Layout, cores: int) -> int:
    """Threads where no clock measures them: one where a product is too small to be shared.

    Args:
        config: resolved.
        layout: of the inputs.
        cores: that may be used.
    """
    model, batch = config.model, config.training.batch_size
    rows = BATCHES[-1][1] if batch in ("full", None) else int(batch)
    width = model.width or 1
    if kind_of(model).pictures:
        return cores
    largest = (model.members or 1) * rows * width * max(layout.n_encoded, width)
    return threads_for(largest, cores)


def threads_for(largest_product: float, cores: int) -> int:
    """Threads for products of at most so many multiply-adds.

    >>> threads_for(32 * 64 * 64, 8), threads_for(256 * 256 * 256, 8)
    (1, 8)
    """
    return 1 if largest_product < SMALL_PRODUCT else cores
