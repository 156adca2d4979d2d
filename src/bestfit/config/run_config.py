"""A whole run as frozen data. None means: chosen from the data, and written down when chosen."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..cleaners import Settings
from ..transforms import Encoding

Option: TypeAlias = bool | int | float | str | tuple[str, ...] | tuple[float, ...]

__all__ = [
    "DataConfig",
    "LossConfig",
    "ModelConfig",
    "OptimizerConfig",
    "PenaltyConfig",
    "RunConfig",
    "ScheduleConfig",
    "SelectConfig",
    "SelectionConfig",
    "SplitConfig",
    "TrainingConfig",
]


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Which rows, and what is asked of them.

    Args:
        source: where the rows come from; ``"memory"`` for a frame handed over in Python.
        target: the column to predict.
        test: a second source whose rows judge the model; None holds rows of ``source`` back.
        group: a column whose equal values must stay in one part of the split.
        order: a column (a date, a number) such that later rows judge and earlier rows teach.
        part: a column that says of each row whether it is to ``train``, ``valid`` or ``test``.
        rows: of a table too large for memory, how many teach; None: all, or as many as the time
            and the disk allow.
        options: how ``source`` is read: of its kind of file, database or server, by name.
        test_options: the same for ``test``; None takes those of ``source``.
    """

    source: str = "memory"
    target: str = ""
    test: str | None = None
    group: str | None = None
    order: str | None = None
    part: str | None = None
    rows: int | None = None
    options: dict[str, Option] = field(default_factory=dict)
    test_options: dict[str, Option] | None = None


@dataclass(frozen=True, kw_only=True)
class SplitConfig:
    """How rows are divided.

    Args:
        name: a component of ``bestfit.splits``; None chooses one.
        valid_fraction: share of the rows that tune; in (0, 1).
        test_fraction: share of the rows that judge; in (0, 1).
    """

    name: str | None = None
    valid_fraction: float | None = None
    test_fraction: float | None = None


@dataclass(frozen=True, kw_only=True)
class SelectConfig:
    """Which columns are worth learning from.

    Args:
        name: a component of ``bestfit.selectors``; None keeps all columns, unless ``thin``.
        k: how many columns stay; ≥ 1. None leaves it to the selector.
        thin: where nobody names a selector and there are many columns for the rows, keep as many
            as do best on rows held back; of more than 2,000 at most 1,000.
    """

    name: str | None = None
    k: int | None = None
    thin: bool = True


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The population of networks.

    Args:
        name: a component of ``bestfit.models``; None: ``cnn`` for rows with pictures, else
            ``mlp``.
        members: how many networks are trained side by side; ≥ 1.
        width: units of a hidden layer; ≥ 1.
        blocks: hidden layers; ≥ 1.
        activation: after each hidden layer.
        dropout: the largest dropout among the members; in [0, 1).
        init: a component of ``bestfit.initializers``; None draws as torch's own layers do.
        activation_spread: members multiply what their activations give by a factor of their own,
            up to this one or its inverse; ≥ 1. 1 leaves them alone.
        embedding_spread: the same for the first vectors of embedded categories.
    """

    name: str | None = None
    members: int | None = None
    width: int | None = None
    blocks: int | None = None
    activation: Literal["relu", "gelu", "silu", "tanh", "selu", "elu", "sigmoid", "leaky_relu"] = (
        "relu"
    )
    dropout: float | None = None
    init: str | None = None
    activation_spread: float = 1.0
    embedding_spread: float = 1.0


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """What training minimises.

    Args:
        name: a component of ``bestfit.losses``; None chooses one by task and target.
        options: hyper-parameters of the component, by name.
        balanced: rows of rare classes weigh more, so that each class has the same weight in all.
    """

    name: str | None = None
    options: dict[str, Option] = field(default_factory=dict)
    balanced: bool = False


@dataclass(frozen=True, kw_only=True)
class OptimizerConfig:
    """How weights move.

    Args:
        name: a component of ``bestfit.optimizers``.
        lr: step size; > 0.
        weight_decay: decoupled shrinkage of weights, as a share of lr; ≥ 0.
        spread: members' step sizes lie within this factor of ``lr``, their decays within its
            square of ``weight_decay``; ≥ 1. None: 3 where ``lr`` is chosen for you, else 1.
        options: further hyper-parameters of the component, by name.
        also: further components, each with the step size that is usual for it: the members take
            turns.
    """

    name: str = "adamw"
    lr: float | None = None
    weight_decay: float | None = None
    spread: float | None = None
    options: dict[str, Option] = field(default_factory=dict)
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ScheduleConfig:
    """How the step size changes over the run.

    Args:
        name: a component of ``bestfit.schedules``.
        options: hyper-parameters of the component, by name.
    """

    name: str = "flat_cosine"
    options: dict[str, Option] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PenaltyConfig:
    """What large weights cost.

    Args:
        name: a component of ``bestfit.penalties``; None: nothing but the optimizer's decay.
        options: hyper-parameters of the component, by name.
    """

    name: str | None = None
    options: dict[str, Option] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """The one training loop.

    Args:
        batch_size: rows of a step, or ``"full"`` for batch gradient descent.
        own_batches: each member draws the rows of its steps for itself; else all see the same.
        microbatch: most rows that go through the networks at once: their gradients add up to that
            of the step. None takes all, and fewer where memory is short.
        epochs: passes over the training rows, fractions allowed; > 0. With ``time_s`` decided
            early, then kept.
        revised: ``[step, epochs]``: where the machine turned out slower or faster under
            ``time_s``, what the epochs became, and after which step. Kept, as ``epochs`` is.
        looks: how often the validation rows are looked at over the run; ≥ 1. None: 40, or fewer
            where a look takes long under ``time_s``.
        patience: looks without a better score after which a member stops; ≥ 1.
        refill: a member that has become sick is replaced by a newcomer whose settings lie half-way
            to those of the best member, as long as half of the run is to come; else it is only
            dropped.
        clip_norm: largest norm of a member's gradient; None leaves it alone.
        clip: a component of ``bestfit.clippers`` in its place; None clips by ``clip_norm``.
        clip_options: hyper-parameters of that component, by name.
        repair: before the run, short trainings tell whether settings are at fault, and settings
            that are proved to be better take their place. True asks for all findings, and takes
            up to five trainings of one network; None for those that show at once, and only where
            step size, first weights or restraint were set by you. False once that is settled.
        augment: components of ``bestfit.regularizers`` that change the rows of each step; of rows
            with pictures these. None: ``shift`` for pictures, and ``flip`` for those in colour.
        precision: of products; float16 scales the loss against rounding to zero. None: float32,
            or under ``time_s`` bfloat16 if the device multiplies it and a trial shows it to be
            faster and to learn as much.
        time_s: seconds for the whole run; None goes by the number of rows.
        seed: of every random stream.
        device: ``"cpu"``, ``"cuda"`` …; None takes a GPU when there is one.
        threads: of the processor; None takes all cores that this process may use, or one where
            products are too small to share, or is measured to be faster under ``time_s``.
    """

    batch_size: int | Literal["full"] | None = None
    own_batches: bool = False
    microbatch: int | None = None
    epochs: float | None = None
    revised: tuple[tuple[int, float], ...] = ()
    looks: int | None = None
    patience: int | None = None
    refill: bool = True
    clip_norm: float | None = 1.0
    clip: str | None = None
    clip_options: dict[str, Option] = field(default_factory=dict)
    repair: bool | None = None
    augment: tuple[str, ...] | None = None
    precision: Literal["float32", "bfloat16", "float16"] | None = None
    time_s: float | None = None
    seed: int = 0
    device: str | None = None
    threads: int | None = None


@dataclass(frozen=True, kw_only=True)
class SelectionConfig:
    """How the members become one model.

    Args:
        metric: a component of ``bestfit.metrics``; None goes by the task.
        max_members: of the greedy ensemble; 1 keeps the single best member.
        calibrate: scale the logits on validation rows (classification).
        explain_rows: validation rows by which columns are weighed: each is shuffled and the model
            asked again; None takes 2,000, or fewer where the time is short.
    """

    metric: str | None = None
    max_members: int = 16
    calibrate: bool = True
    explain_rows: int | None = None


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Everything that decides a run, besides the rows themselves."""

    data: DataConfig = DataConfig()
    clean: Settings = Settings()
    split: SplitConfig = SplitConfig()
    select: SelectConfig = SelectConfig()
    transform: Encoding = Encoding()
    model: ModelConfig = ModelConfig()
    loss: LossConfig = LossConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    penalty: PenaltyConfig = PenaltyConfig()
    training: TrainingConfig = TrainingConfig()
    selection: SelectionConfig = SelectionConfig()
