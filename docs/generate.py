"""Write the pages of docs/ that come from the code: rooms, settings, the command line.

``python3 dev.py docs`` writes them; ``--check`` only says which are out of date.
"""

import dataclasses
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

import bestfit
from bestfit import face
from bestfit.cli.app import VERBS, app
from bestfit.config import CompareOptions, Options, RunConfig
from bestfit.registry import Registry
from bestfit.run.module_options import FitOptions

DOCS = Path(__file__).resolve().parent
NOTE = "<!-- Written by docs/generate.py; run `python3 dev.py docs`. -->\n\n"


def main() -> int:
    """Write or check every generated page."""
    checking = "--check" in sys.argv[1:]
    written = pages()
    known = {DOCS / name for name in written}
    stale = [path for path in (DOCS / "rooms").glob("*.md") if path not in known]
    for name, text in written.items():
        path = DOCS / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if not checking:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if not checking:
        for path in stale:
            if path not in known:
                path.unlink()
        return 0
    for path in stale:
        print(f"{path.relative_to(DOCS.parent)} is out of date (try: python3 dev.py docs)")
    return 1 if stale else 0


def pages() -> dict[str, str]:
    """The text of each page by its name."""
    registries = rooms()
    found = {f"rooms/{room}.md": room_page(room, registries[room]) for room in registries}
    found["rooms/index.md"] = index_page(registries)
    found["cli.md"] = cli_page()
    found["config.md"] = config_page()
    found["python.md"] = python_page()
    found["decisions/index.md"] = decisions_page()
    return found


def rooms() -> dict[str, Registry[Any]]:
    """The registry of each room that has one, in the order of their names."""
    found = {}
    for module in sorted(pkgutil.iter_modules(bestfit.__path__), key=lambda module: module.name):
        if not module.ispkg:
            continue
        room = importlib.import_module(f"bestfit.{module.name}")
        registries = [value for value in vars(room).values() if isinstance(value, Registry)]
        if registries:
            found[module.name] = registries[0]
    return found


def index_page(registries: dict[str, Registry[Any]]) -> str:
    """The rooms and what is in them."""
    lines = [NOTE + "# Rooms\n", "| room | what it is for | components |", "|---|---|---|"]
    for room, registry in registries.items():
        about = first_line(importlib.import_module(f"bestfit.{room}").__doc__)
        names = ", ".join(f"[`{name}`]({room}.md#{name})" for name in registry)
        lines.append(f"| [{room}]({room}.md) | {about} | {names} |")
    return "\n".join(lines) + "\n"


def room_page(room: str, registry: Registry[Any]) -> str:
    """A room: what it is for, and each component with its settings."""
    about = inspect.cleandoc(importlib.import_module(f"bestfit.{room}").__doc__ or "")
    parts = [f"{NOTE}# {room}\n\n{about}\n"]
    parts.append(
        f"`from bestfit.{room} import {registry.room}`; `{registry.room}[name]` is a class.\n"
    )
    parts += [component(name, cls) for name, cls in registry.items()]
    return "\n".join(parts)


def component(name: str, cls: type[Any]) -> str:
    """One component: its docstring, where it comes from, its settings."""
    body, _ = split_docstring(cls)
    settings: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        settings |= split_docstring(base)[1]
    text = f"## {name}\n\n`{cls.__name__}`: {body}\n"
    module = inspect.cleandoc(sys.modules[cls.__module__].__doc__ or "")
    _, _, origin = module.partition("\n\n")
    if origin:
        text += f"\n{prose(origin)}\n"
    return text + fields_table(cls, settings)


def split_docstring(cls: type[Any]) -> tuple[str, dict[str, str]]:
    """The prose of a docstring, and what its Args say, by field."""
    text = inspect.cleandoc(cls.__doc__ or "")
    head, _, rest = text.partition("\nArgs:\n")
    block = re.split(r"\n(?=\S)", rest, maxsplit=1)[0]
    settings = {}
    for entry in re.split(r"\n(?= {4}\S)", "\n" + block):
        field, colon, about = entry.strip().partition(":")
        if colon:
            settings[field] = " ".join(about.split())
    return prose(head), settings


def prose(text: str) -> str:
    """Text without the examples, which are run where they stand."""
    kept = [part for part in text.split("\n\n") if not part.lstrip().startswith(">>>")]
    return "\n\n".join(part.split("\n>>>")[0] for part in kept).strip()


def fields_table(cls: type[Any], settings: dict[str, str]) -> str:
    """The fields of a dataclass: name, type, default, meaning."""
    if not dataclasses.is_dataclass(cls):
        return ""
    rows = [field for field in dataclasses.fields(cls) if field.init]
    if not rows:
        return ""
    lines = ["\n| setting | type | default | meaning |", "|---|---|---|---|"]
    for field in rows:
        plain = field.type if isinstance(field.type, str) else inspect.formatannotation(field.type)
        row = (f"`{field.name}`", f"`{cell(plain)}`", default_of(field))
        lines.append(f"| {' | '.join(row)} | {cell(settings.get(field.name, ''))} |")
    return "\n".join(lines) + "\n"


def default_of(field: "dataclasses.Field[Any]") -> str:
    """The default of a field, as it would be typed."""
    if field.default is not dataclasses.MISSING:
        return "automatic" if field.default is None else f"`{cell(repr(field.default))}`"
    if field.default_factory is not dataclasses.MISSING:
        return f"`{cell(repr(field.default_factory()))}`"
    return "required"


def config_page() -> str:
    """Every setting of config.toml."""
    parts = [
        NOTE
        + "# Settings\n\nEvery setting of `config.toml`; `--set section.name=value` changes one."
        " *Automatic* means: chosen from the data, and written down in the run's own `config.toml`."
        '\n`"none"` turns off what is on by default.\n'
    ]
    for section in dataclasses.fields(RunConfig):
        cls = type(section.default)
        body, settings = split_docstring(cls)
        parts.append(f"## {section.name}\n\n{body}\n{fields_table(cls, settings)}")
    return "\n".join(parts)


def python_page() -> str:
    """Every verb of the Python face, and the options that they share."""
    parts = [NOTE + "# Python\n\nThe verbs of `import bestfit`, and their options by keyword.\n"]
    for name in face.__all__:
        verb = getattr(bestfit, name)
        about = re.sub(r"```.*?```", "", inspect.getdoc(verb) or "", flags=re.DOTALL)
        text = f"bestfit.{name}{signature_of(verb)}\n\n{prose(about)}"
        parts.append(f"## {name}\n\n```text\n{text}\n```\n")
    for name, options in (
        ("Options of train", Options), ("Options of compare, besides", CompareOptions),
        ("Options of fit and find_lr", FitOptions),
    ):  # fmt: skip
        body, settings = split_docstring(options)
        lines = ["| option | type | meaning |", "|---|---|---|"]
        for option, about in settings.items():
            hint = options.__annotations__[option]
            plain = getattr(hint, "__forward_arg__", None) or inspect.formatannotation(hint)
            plain = re.sub(r"(\w+\.)+(?=\w)", "", plain)
            lines.append(f"| `{option}` | `{cell(plain)}` | {cell(about)} |")
        parts.append(f"## {name}\n\n{body}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def signature_of(verb: Callable[..., Any]) -> str:
    """The parameters of a function; the options have a table of their own."""
    told = []
    for parameter in inspect.signature(verb).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in told:
            told.append("*")
        plain = parameter.default is parameter.empty
        name = parameter.name if plain else f"{parameter.name}={parameter.default!r}"
        told.append("…" if parameter.kind is parameter.VAR_KEYWORD else name)
    return f"({', '.join(told)})"


def decisions_page() -> str:
    """The title of each decision, with a link."""
    lines = [NOTE + "# Decisions\n"]
    for path in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        number, _, rest = title.partition(". ")
        lines.append(f"{number}. [{rest}]({path.name})")
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """Every verb with its help, as ``bestfit VERB --help`` prints it."""
    parts = [f"{NOTE}# Command line\n\n```text\n{help_of(app, 'bestfit')}\n```\n"]
    with click.Context(app, info_name="bestfit") as context:
        for name in VERBS:
            command = app.get_command(context, name)
            assert command is not None
            parts.append(f"## {name}\n\n```text\n{help_of(command, name, context)}\n```\n")
    return "\n".join(parts)


def help_of(command: click.Command, name: str, parent: click.Context | None = None) -> str:
    """A help text at a fixed width, whatever the terminal."""
    context = click.Context(command, info_name=name, parent=parent, terminal_width=90)
    return command.get_help(context)


def first_line(text: str | None) -> str:
    """The first line of a docstring, fit for a table."""
    return cell((text or "").strip().split("\n")[0])


def cell(text: str) -> str:
    """Text that does not break a table."""
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())
