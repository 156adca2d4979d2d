"""The door by which rows come in: a path, an address, or anything that is a table already."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args

from ..errors import ConfigError, SourceError
from ..frames.pictures import MAX_SIDE
from ..table import Table
from .archive import unzipped
from .base import Place, Source, place, source
from .file import File, near
from .parts import joined, with_cells
from .picture_columns import PictureColumns, Tally
from .pictures import Pictures
from .secrets import redacted

__all__ = ["Opened", "opened", "read"]

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(?://|(?=[A-Za-z0-9_]))")
WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def read(origin: object, **options: Any) -> Table:
    """A table from files, told by their content, a database, a server, or from memory.

    Args:
        origin: a path, a pattern of paths, a folder of part files, ``-`` for standard input, an
            address (``bestfit.sources.place`` and ``source`` list the schemes), or what
            ``Table.of`` takes.
        options: of the source and of the place where it lies, for instance ``delimiter=";"`` or
            ``table="sales"``; text is understood as the command line has it.
    Raises:
        SourceError: the rows cannot be read.
        ConfigError: an option that this source does not have.
        MachineError: a server cannot be reached, or a package is not installed.

    >>> read({"size": [1, 2], "sold": ["yes", "no"]}).n_rows
    2
    """
    if not isinstance(origin, str | os.PathLike):
        if options:
            raise ConfigError(f"a table in memory takes no option {next(iter(options))!r}")
        return PictureColumns().of(Table.of(origin))
    return opened(origin, **options).read()


class Opened(NamedTuple):
    """What lies at an address, ready to be read.

    Args:
        address: without secrets.
        sources: one for each part, in order.
        files: those that the parts lie in; None for a database, or for pictures.
        pictures: what makes pictures of columns that name them.
    """

    address: str
    sources: Sequence[Source]
    files: Sequence[File] | None
    pictures: PictureColumns = PictureColumns()

    def read(self) -> Table:
        """All rows of all parts."""
        if self.files is None or (len(self.files) == 1 and not self.files[0].partition):
            return self.pictures.of(self.sources[0].read())
        tables = [s.read() for s in self.sources]
        return self.pictures.of(joined(tables, self.files, self.address))

    def chunks(self) -> Iterator[Table]:
        """The same rows in the same order, a part at a time."""
        tally = Tally()
        for i, each in enumerate(self.sources):
            tally = tally.next_source()
            partition = {} if self.files is None else self.files[i].partition
            for table in each.chunks():
                yield self.pictures.of(with_cells(table, partition), tally)


def opened(origin: str | os.PathLike[str], **options: Any) -> Opened:
    """Find what lies at a path or an address, and check the options, as in ``read``."""
    address = os.fspath(origin)
    scheme = SCHEME.match(address) if isinstance(origin, str) else None
    if scheme is None or (scheme[0][-1] == ":" and os.path.exists(address)):
        return _files_of(place["local"], address, options)
    for kind in source.values():
        if scheme[1].lower() in kind.schemes:
            found = kind(address, **_known(options, [kind]))  # type: ignore[call-arg]
            return Opened(redacted(address), [found], None)
    for where in place.values():
        if scheme[1].lower() in where.schemes:
            return _files_of(where, address, options)
    if scheme[0][-1] == ":":
        return _files_of(place["local"], address, options)
    kinds: list[type[Source] | type[Place]] = [*source.values(), *place.values()]
    able = sorted(name for kind in kinds for name in kind.schemes)
    problem = f"addresses that start with {scheme[0]} cannot be read"
    raise SourceError(problem, hint=f"a file, or one of {', '.join(able)}" if able else "a file")


def _files_of(where: type[Place], address: str, options: Mapping[str, Any]) -> Opened:
    """The parts at one address."""
    its_own = {name: value for name, value in options.items() if name in _options(where)}
    shared = [name for name in its_own if any(name in _options(kind) for kind in source.values())]
    rest = {n: value for n, value in options.items() if n not in its_own or n in shared}
    found = where(address, **_known(its_own, [where])).files()  # type: ignore[call-arg]
    files = [member for file in found for member in unzipped(file)]
    n_pictures = sum(file.is_picture for file in files)
    if 2 * n_pictures > len(files):
        options = _known(rest, [Pictures, where])
        side = {name: value for name, value in options.items() if name in _options(Pictures)}
        return Opened(redacted(address), [Pictures(tuple(files), **side)], None)
    if n_pictures:
        name = next(file.name for file in files if file.is_picture)
        hint = "a pattern such as 'folder/*.csv'"
        raise SourceError("this is a picture beside files that are none", where=name, hint=hint)
    kinds = [_kind(file) for file in files]
    wanted = _known(rest, [*dict.fromkeys(kinds), where])
    sources = [_made(kind, file, wanted) for kind, file in zip(kinds, files, strict=True)]
    return Opened(redacted(address), sources, files, _columns_in(where, its_own, files))


def _columns_in(
    where: type[Place], options: Mapping[str, Any], files: Sequence[File]
) -> PictureColumns:
    """Cells name pictures from the folder that is told, or from that of the table."""
    folder = options.get("pictures")
    side = _as(int, options.get("side", MAX_SIDE), "side")
    if folder is not None:
        path = Path(os.path.expanduser(str(folder)))
        if not path.is_dir():
            raise SourceError("no such folder", where=f"pictures={folder}", hint=near(path))
        return PictureColumns(path, side, asked=True)
    first = files[0].path if where is place["local"] else None
    return PictureColumns(None if first is None else first.parent, side)


def _kind(file: File) -> type[Source]:
    return next((kind for kind in source.values() if kind.accepts(file)), source["delimited"])


def _made(kind: type[Source], file: File, options: Mapping[str, Any]) -> Source:
    able = _options(kind)
    mine = {name: value for name, value in options.items() if name in able}
    return kind(file, **mine)  # type: ignore[call-arg]


def _options(kind: type[Source] | type[Place]) -> dict[str, Any]:
    """Names and types of the options of a source or a place."""
    return {field.name: field.type for field in fields(kind)[1:]}  # type: ignore[arg-type]


def _known(options: Mapping[str, Any], kinds: list[type[Any]]) -> dict[str, Any]:
    """The options, each of them one that a kind has, in the type that it has there."""
    able = {name: kind_of for kind in reversed(kinds) for name, kind_of in _options(kind).items()}
    for name in options:
        if name not in able:
            hint = f"one of {', '.join(sorted(able))}" if able else ""
            what = "files" if fields(kinds[0])[0].name == "file" else "sources"
            raise ConfigError(f"{kinds[0].name} {what} take no option {name!r}", hint=hint)
    return {name: _as(able[name], value, name) for name, value in options.items()}


def _as(wanted: Any, value: Any, name: str) -> Any:
    """Text from a command line as the type that an option has; other values as they are."""
    kinds = get_args(wanted) if isinstance(wanted, UnionType) else (wanted,)
    plain = [kind for kind in kinds if kind is not NoneType]
    if any(getattr(kind, "__origin__", kind) is tuple for kind in plain):
        return (value,) if isinstance(value, str) else tuple(value)
    if not isinstance(value, str) or str in plain:
        return value
    if bool in plain and value.lower() in WORDS:
        return WORDS[value.lower()]
    for kind in (int, float):
        if kind in plain:
            try:
                return kind(value)
            except ValueError:
                continue
    able = "yes or no" if bool in plain else "a number"
    raise ConfigError(f"{value!r} is not what {name} takes", hint=able)
