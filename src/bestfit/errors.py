"""Every exception that bestfit raises on purpose.

```text
BestfitError                 one line: what happened, where, what to try
├── InputError               exit 2: the input or an option is at fault
│   ├── SourceError          rows cannot be read
│   ├── SchemaError          columns are missing, or are not what they were
│   ├── TargetError          the column to predict cannot be learnt
│   ├── ConfigError          a setting is unknown, mistyped or out of range
│   ├── ShapeError           tensors do not fit together
│   └── FolderError          a run folder or a bundle is missing, broken or in use
├── MachineError             exit 3: network, disk, memory, device or a missing extra
└── Stopped                  exit 128 + signal: stopped by a signal, after saving
```
"""

from typing import ClassVar

__all__ = [
    "BestfitError",
    "ConfigError",
    "FolderError",
    "InputError",
    "MachineError",
    "SchemaError",
    "ShapeError",
    "SourceError",
    "Stopped",
    "TargetError",
    "is_shortage",
    "stop_behind",
]

MAX_LINE = 300


class BestfitError(Exception):
    """What happened, where, and what to try, on one line of at most 300 characters.

    Args:
        what: what happened, without a full stop.
        where: the file, row, column or option it happened in.
        hint: what to try.

    >>> print(SourceError("no such file", where="adlut.csv", hint="check the path"))
    no such file: adlut.csv (try: check the path)
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.hint = what, where, hint

    def __str__(self) -> str:
        head = f"{self.what}: {self.where}" if self.where else self.what
        tail = f" (try: {self.hint})" if self.hint else ""
        room = MAX_LINE - len(tail)
        head = printable(head)
        return (head if len(head) <= room else head[: room - 1] + "…") + printable(tail)


class InputError(BestfitError):
    """The input or an option is at fault; nothing was changed."""

    exit_code = 2


class SourceError(InputError):
    """Rows cannot be read from the source."""


class SchemaError(InputError):
    """Columns are missing, or do not hold what they held in training."""


class TargetError(InputError):
    """The column to predict cannot be learnt."""


class ConfigError(InputError):
    """A setting is unknown, of the wrong type or out of range."""


class ShapeError(InputError):
    """Tensors do not fit together."""


class FolderError(InputError):
    """A run folder or a bundle is missing, broken or in use."""


class MachineError(BestfitError):
    """Network, disk, memory, device, or a package that is not installed."""

    exit_code = 3


class Stopped(BestfitError):
    """The run was stopped by a signal, and can be resumed."""

    def __init__(self, what: str, *, signal_number: int, where: str = "", hint: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.signal_number = signal_number


def stop_behind(error: BaseException) -> Stopped | None:
    """The stop that this error comes from: code in C may wrap whatever a handler raises in it.

    >>> try:
    ...     try:
    ...         raise Stopped("stopped by SIGTERM", signal_number=15)
    ...     except Stopped as stop:
    ...         raise ValueError("not a valid buffer") from stop
    ... except ValueError as error:
    ...     stop_behind(error).signal_number
    15
    """
    behind: BaseException | None = error
    while behind is not None and not isinstance(behind, Stopped):
        behind = behind.__cause__ or behind.__context__
    return behind


def printable(text: str) -> str:
    """Text for one line of a terminal: control and direction characters are escaped.

    >>> printable("a\\nb\\x1b[31m")
    'a\\\\nb\\\\x1b[31m'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def is_shortage(error: BaseException) -> bool:
    """Whether memory ran out: of Python, NumPy, a GPU, or torch on the CPU.

    >>> is_shortage(MemoryError()), is_shortage(RuntimeError("DefaultCPUAllocator: can't allocate"))
    (True, True)
    """
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error))
    )
