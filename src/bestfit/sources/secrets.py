"""Addresses without what is secret in them, and secrets by name from the environment."""

import os
import re
from urllib.parse import quote, unquote_plus

from ..errors import SourceError

__all__ = ["HIDDEN", "NAME", "SECRET", "filled", "redacted"]

HIDDEN = "***"
USER = re.compile(r"(?<=://)([^/?#@]*(?:@[^/?#@]*)*)@")
FIELD = re.compile(r"(?<=[?&;])([^=&;#]+)=([^&;#]*)")
SECRET = re.compile(
    r"pass|pwd|secret|token|key|sig|auth|credential|session|jwt|code|^se?as$", re.IGNORECASE
)
NAME = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def redacted(address: str) -> str:
    """The address as it may be shown and stored: no password, no token.

    What the environment holds (``$NAME``) is no secret by itself and stays.

    >>> redacted("postgresql://ada:s3cret@db/sales")
    'postgresql://ada@db/sales'
    >>> redacted("https://x.org/rows?page=2&api_key=abc&token=$TOKEN")
    'https://x.org/rows?page=2&api_key=***&token=$TOKEN'
    """

    def user(match: re.Match[str]) -> str:
        name, colon, password = match[1].partition(":")
        if colon and NAME.fullmatch(password):
            return match[0]
        return f"{name}@" if colon else match[0]

    def cell(match: re.Match[str]) -> str:
        plain = not SECRET.search(unquote_plus(match[1])) or not match[2]
        return match[0] if plain or NAME.fullmatch(match[2]) else f"{match[1]}={HIDDEN}"

    return FIELD.sub(cell, USER.sub(user, address)) if "://" in address else address


def filled(text: str, *, where: str, in_address: bool = False) -> str:
    """The text with ``$NAME`` and ``${NAME}`` taken from the environment.

    Args:
        where: what to name in an error; without secrets.
        in_address: percent-encode what is put in.
    Raises:
        SourceError: a name is not set, or a secret was taken out of the text when it was stored.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in os.environ:
            raise SourceError(f"${name} is not set", where=where, hint=f"export {name}=…")
        return quote(os.environ[name], safe="") if in_address else os.environ[name]

    if HIDDEN in text:
        problem = "the secret of this address was not kept"
        raise SourceError(problem, where=where, hint="write it as $NAME and set NAME")
    return NAME.sub(value, text)
