"""What is the same for all candidates of a comparison: rows, networks, batches."""

from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import torch

from ..config import RunConfig
from ..errors import ConfigError, TargetError
from ..rng import stream
from ..table import Target
from ..transforms import TargetScale
from .arms import AXES, Arm, arms_of
from .course import Terms, link_of
from .events import Clock
from .job import opened
from .material import Material, material_of
from .populate import Ends
from .rows import Encoded, encode
from .sizes import kind_of, resolve_sizes

__all__ = ["Ground", "Wish", "ground_of"]

WIDTH, BLOCKS, BINS, BATCH = 64, 2, 8, 256  # of what is compared, where nothing is asked for
MOST_EPOCHS, TIME_S = 20.0, 90.0
MAX_JUDGES = 4_000  # validation rows


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be compared.

    Args:
        axis: ``optimizers``, ``losses``, ``regularizers``, ``schedules``, ``inits`` or ``models``.
        names: of the candidates; ``all`` stands for every one that suits.
        seeds: first weights that each is trained from; ≥ 1.
        rates: step sizes that are tried for each; None: 5 for optimizers, else 3.
        rows: training rows at most; ≥ 20.
    """

    axis: str
    names: tuple[str, ...]
    seeds: int = 3
    rates: int | None = None
    rows: int = 20_000

    @classmethod
    def of(cls, options: dict[str, Any]) -> "Wish":
        """Take out of some options what is about the comparison.

        Raises:
            ConfigError: not exactly one thing is compared.
        """
        given = {name: options.pop(name, None) for name in (*AXES, "seeds", "rates", "rows")}
        given = {name: value for name, value in given.items() if value is not None}
        axes = [axis for axis in AXES if axis in given]
        if len(axes) != 1:
            problem = "compare one thing at a time" if axes else "nothing to compare"
            raise ConfigError(problem, hint="--optimizers all, or another of " + ", ".join(AXES))
        names = given.pop(axes[0])
        words = names.split(",") if isinstance(names, str) else names
        return cls(axis=axes[0], names=tuple(w.strip() for w in words if w.strip()), **given)

    def __post_init__(self) -> None:
        for name, least in (("seeds", 1), ("rates", 1), ("rows", 20)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ConfigError(f"{name} must be ≥ {least}, not {value}")


class Ground(NamedTuple):
    """What a comparison stands on.

    Args:
        config: of what is the same for all.
        target: what is predicted.
        arms: the candidates.
        materials: rows and looks, by the link of the loss.
        terms: of the training.
    """

    config: RunConfig
    target: Target
    arms: list[Arm]
    materials: dict[str, Material]
    terms: Terms

    @property
    def some(self) -> Material:
        """The rows as one of the losses sees them."""
        return next(iter(self.materials.values()))


def ground_of(source: object, asked: RunConfig, wish: Wish, clock: Clock) -> Ground:
    """Read, clean, split and encode the rows, and settle what is compared.

    Args:
        source: a path, or a table in memory.
        asked: what is the same for all.
        wish: what is compared.
        clock: times the stages.
    Raises:
        InputError: the rows, the config or a name is at fault.
    """
    parts, config = opened(source, None, asked, clock)
    bins = BINS if config.transform.bins is None else config.transform.bins
    config = replace(config, transform=replace(config.transform, bins=bins))
    with clock.stage("encode", "turning columns into numbers"):
        encoded, config = encode(parts, config)
    config = _settled(config, asked, encoded)
    arms = arms_of(wish.axis, wish.names, config, parts.target.task, wish.rates)
    arms, encodings = _by_link(arms, encoded, wish)
    seed = config.training.seed
    materials = {
        link: _few(material_of(e, parts.target, config), wish.rows, seed)
        for link, e in encodings.items()
    }
    order = stream(seed, "compare").permutation(len(next(iter(materials.values())).look.y))
    terms = Terms(
        ends=Ends(encoded.encoder.layout, parts.target.n_outputs),
        seeds=wish.seeds,
        epochs=config.training.epochs,
        time_s=config.training.time_s or TIME_S,
        most=MOST_EPOCHS,
        halves=(np.sort(order[::2]), np.sort(order[1::2])),
    )
    return Ground(config, parts.target, arms, materials, terms)


def _settled(config: RunConfig, asked: RunConfig, encoded: Encoded) -> RunConfig:
    """Small plain networks, where nothing else is asked for."""
    wanted = config.model
    hidden: dict[str, Any] = {"width": wanted.width or WIDTH, "blocks": wanted.blocks or BLOCKS}
    if wanted.name == "linear" or kind_of(wanted).pictures:
        hidden = {}  # there is no such layer, or the usual size is small already
    config = replace(
        config,
        model=replace(wanted, members=1, dropout=wanted.dropout or 0.0, **hidden),
        schedule=asked.schedule if asked.schedule != RunConfig().schedule
        else replace(asked.schedule, name="constant"),
        training=replace(config.training, epochs=config.training.epochs or 1.0, augment=()),
    )  # fmt: skip
    n_rows, n_valid = len(encoded.y["train"]), len(encoded.y["valid"])
    sized = resolve_sizes(config, n_rows, n_valid, encoded.encoder.layout)
    training = replace(
        sized.training,
        epochs=asked.training.epochs,
        batch_size=asked.training.batch_size or _batch(sized),
    )
    return replace(sized, optimizer=asked.optimizer, training=training)


def _batch(sized: RunConfig) -> int | Literal["full"]:
    """Rows of a step: the usual ones for pictures."""
    usual = sized.training.batch_size or BATCH
    return usual if kind_of(sized.model).pictures else BATCH


def _by_link(arms: list[Arm], encoded: Encoded, wish: Wish) -> tuple[list[Arm], dict[str, Encoded]]:
    """The arms whose loss can see the target, and the target as each kind of loss sees it."""
    able, encodings = [], {}
    for arm in arms:
        link = link_of(arm)
        try:
            if encoded.scale is not None:
                scale = TargetScale.fit(encoded.y["train"], link)
                encodings[link] = replace(encoded, scale=scale)
            else:
                encodings[link] = encoded
        except TargetError:
            if arm.name in wish.names:
                raise
            continue  # not asked for by its name
        able.append(arm)
    return able, encodings


def _few(material: Material, rows: int, seed: int) -> Material:
    """The same with fewer rows."""
    look = material.look
    if len(material.rows) > rows:
        random = stream(seed, "compare", "rows")
        chosen = np.sort(random.choice(len(material.rows), rows, replace=False))
        picked = material.rows.take(torch.from_numpy(chosen).to(material.rows.device))
        material = replace(material, rows=picked, y=material.y[chosen])
    if len(look.y) > MAX_JUDGES:
        random = stream(seed, "compare", "judges")
        chosen = np.sort(random.choice(len(look.y), MAX_JUDGES, replace=False))
        picked = look.rows.take(torch.from_numpy(chosen).to(look.rows.device))
        material = replace(material, look=replace(look, rows=picked, y=look.y[chosen]))
    return material
