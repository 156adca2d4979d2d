"""A RunConfig from TOML or YAML and back; whatever is unknown, mistyped or out of range is refused.

``None`` stands in no file: a key that is absent means that bestfit chooses, and says so.
"""

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

import tomli_w
import yaml
from pydantic import TypeAdapter, ValidationError

from ..errors import ConfigError, SourceError
from ..files import digest as digest_of_bytes
from .ranges import check_ranges
from .run_config import RunConfig

__all__ = ["digest", "dump", "load", "parse", "set_value", "to_dict"]

MAX_BYTES = 1_000_000
OFF = "none"
AUTOMATIC = ("null", "auto", "automatic")


def load(path: str | Path) -> RunConfig:
    """Read a config file: TOML, or YAML by its safe loader where the name ends so.

    Raises:
        SourceError: the file cannot be read.
        ConfigError: it is not a config; the message names the file and the field.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise SourceError("no such file", where=str(path), hint="check the path") from None
    except OSError as error:
        raise SourceError(error.strerror or "unreadable", where=str(path)) from None
    if len(data) > MAX_BYTES:
        raise ConfigError("too large for a config", where=str(path))
    try:
        text = data.decode()
        if path.suffix.lower() in (".yaml", ".yml"):
            content = without_aliases(text)
        else:
            content = tomllib.loads(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        what = " ".join(str(error).split())
        raise ConfigError(f"not a config file, {what}", where=str(path)) from None
    try:
        return parse({} if content is None else content)
    except ConfigError as error:
        where = f"{error.where} in {path}" if error.where else str(path)
        raise ConfigError(error.what, where=where, hint=error.hint) from None


def parse(content: object) -> RunConfig:
    """Check plain data, strictly, and make a RunConfig of it.

    >>> parse({"model": {"widht": 64}})
    Traceback (most recent call last):
        ...
    bestfit.errors.ConfigError: no such setting: model.widht (try: model.width)
    """
    known = to_dict(RunConfig())
    checked = known_only(content, known, "")
    try:
        config = adapter().validate_json(json.dumps(checked), strict=True)
    except ValidationError as error:
        raise refusal(error, known) from None
    except TypeError as error:
        raise ConfigError(f"a value of this type fits nowhere: {error}") from None
    return check_ranges(config)


def set_value(config: RunConfig, assignment: str) -> RunConfig:
    """Change one setting as ``--set`` spells it: a dotted name, ``=``, and a TOML value or a word.

    >>> set_value(RunConfig(), "model.width=64").model.width
    64
    >>> set_value(RunConfig(), "training.clip_norm=none").training.clip_norm is None
    True
    """
    name, equals, text = assignment.partition("=")
    name, text = name.strip(), text.strip()
    if not equals or not name:
        raise ConfigError("not a setting", where=assignment, hint="--set model.width=64")
    content = to_dict(config)
    *sections, key = name.split(".")
    inner: Any = content
    for section in sections:
        inner = inner.setdefault(section, {}) if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or not sections:
        raise ConfigError("no such setting", where=name, hint="--set model.width=64")
    inner[key] = value_of(text)
    return parse(content)


def dump(config: RunConfig) -> str:
    """The config as TOML; what bestfit is left to choose is a comment.

    >>> parse(tomllib.loads(dump(RunConfig()))) == RunConfig()
    True
    """
    lines: list[str] = []
    defaults = to_dict(RunConfig())
    for section, values in to_dict(config).items():
        tables = {key: value for key, value in values.items() if isinstance(value, dict)}
        lines.append(f"[{section}]")
        for key, value in values.items():
            if value is None and defaults[section][key] is not None:
                lines.append(f'{key} = "{OFF}"')
            elif value is None:
                lines.append(f"# {key}: automatic")
            elif key not in tables:
                lines.append(tomli_w.dumps({key: value}).rstrip())
        for key, table in tables.items():
            if table:
                lines += ["", f"[{section}.{key}]", tomli_w.dumps(table).rstrip()]
        lines.append("")
    return "\n".join(lines)


def digest(config: RunConfig) -> str:
    """SHA-256 of the config's content, whatever the layout of its file.

    >>> digest(RunConfig()) == digest(parse({})) != digest(set_value(RunConfig(), "model.width=8"))
    True
    """
    return digest_of_bytes(json.dumps(to_dict(config), sort_keys=True).encode())


def to_dict(config: RunConfig) -> dict[str, Any]:
    """Plain data: nested dicts, lists, numbers, text, None."""
    content: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(config)))
    return content


@cache
def adapter() -> TypeAdapter[RunConfig]:
    """Built once: it costs more than its use."""
    return TypeAdapter(RunConfig)


def known_only(content: object, known: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The content, when every key is a setting; else the name that was probably meant."""
    if not isinstance(content, Mapping):
        raise ConfigError("a table of settings belongs here", where=path)
    checked: dict[str, Any] = {}
    for key, value in content.items():
        name = f"{path}.{key}" if path else str(key)
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f"{path}.{near[0]}".lstrip(".") if near else ", ".join(known)
            raise ConfigError("no such setting", where=clip(name), hint=hint)
        default = known[key]
        if isinstance(default, Mapping) and default:
            checked[key] = known_only(value, default, name)
        else:
            # TOML has no null: "none" turns off what can be off; elsewhere it is a name.
            checked[key] = None if value == OFF and name in nullable() else value
    return checked


@cache
def nullable() -> frozenset[str]:
    """The settings, by dotted name, that may be None."""
    sections = get_type_hints(RunConfig)
    return frozenset(
        f"{section}.{name}"
        for section, kind in sections.items()
        for name, hint in get_type_hints(kind).items()
        if type(None) in get_args(hint)
    )


def refusal(error: ValidationError, known: Mapping[str, Any]) -> ConfigError:
    """The first fault of a config, with all that its field would have taken."""
    faults = error.errors(include_url=False)
    fields = [field_of(fault["loc"], known) for fault in faults]
    same = [fault for fault, field in zip(faults, fields, strict=True) if field == fields[0]]
    takes = [fault["msg"].removeprefix("Input should be ") for fault in same]
    what = " or ".join(dict.fromkeys(takes))
    return ConfigError(f"should be {what}, not {json.dumps(same[0]['input'])}", where=fields[0])


def field_of(loc: tuple[int | str, ...], known: Any) -> str:
    """The dotted name of a setting, without the type names that a union adds to its place."""
    parts = []
    for part in loc:
        if not isinstance(known, Mapping) or part not in known:
            break
        parts.append(str(part))
        known = known[part]
    return ".".join(parts)


def value_of(text: str) -> object:
    """A TOML value, ``none``, or else the words themselves."""
    if text.lower() == OFF:
        return OFF
    if text.lower() in AUTOMATIC:
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def without_aliases(text: str) -> object:
    """YAML by the safe loader; anchors are refused, since nested ones can explode."""
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken):
            raise yaml.YAMLError("aliases are not read here, spell the value out")
    return yaml.safe_load(text)


def clip(name: str) -> str:
    """A name short enough to stay readable in a message."""
    return name if len(name) <= 80 else name[:79] + "…"
