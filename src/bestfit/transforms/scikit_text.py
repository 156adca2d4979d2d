"""scikit-learn's transformers as text and back: readable in a config, and no code in it."""

import ast
import math
from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from typing import Any

import numpy as np

from ..errors import ConfigError

__all__ = ["is_scikit", "transformer_of", "written"]

PREFIX = "sklearn."
NUMBERS = {"nan": math.nan, "inf": math.inf}
SCORES = (  # functions that scikit-learn's selectors take
    "chi2", "f_classif", "f_regression", "mutual_info_classif", "mutual_info_regression",
    "r_regression",
)  # fmt: skip
HINT = "sklearn.preprocessing.SplineTransformer(n_knots=4)"
MAX_LENGTH = 10_000


def is_scikit(name: str) -> bool:
    """Whether the name of a transform is the text of one of scikit-learn's.

    >>> is_scikit("sklearn.preprocessing.MaxAbsScaler()"), is_scikit("max_abs")
    (True, False)
    """
    return name.startswith(PREFIX)


def written(value: object) -> str:
    """The text of a scikit-learn transformer: its public name, and what is not as usual.

    Args:
        value: a transformer made of scikit-learn's and NumPy's own parts; fitted or not, only its
            hyper-parameters are told.
    Raises:
        ConfigError: a hyper-parameter is code, or of another library.

    >>> from sklearn.preprocessing import KBinsDiscretizer
    >>> written(KBinsDiscretizer(n_bins=4))
    'sklearn.preprocessing.KBinsDiscretizer(n_bins=4)'
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))}{',' * (len(value) == 1)})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{written(k)}: {written(v)}" for k, v in value.items()) + "}"
    if value is None or isinstance(value, str | bool | int | float):
        return repr(value)
    if _is_part(type(value)):
        return _call(value)
    name = str(getattr(value, "__name__", ""))
    module = "numpy" if _is_numpy(value) else _public(str(getattr(value, "__module__", "")))
    if name and _found(f"{module}.{name}") is value:
        return f"{module}.{name}"
    raise ConfigError(
        f"{_cut(repr(value))} cannot be written into a config, which holds no code",
        hint="a transformer made of scikit-learn's and NumPy's own parts",
    )


def transformer_of(text: str, where: str = "transform") -> Any:
    """The transformer that a text names, not fitted.

    Args:
        text: as ``written`` gives it: classes of scikit-learn, called with keywords.
        where: the setting, for messages.
    Raises:
        ConfigError: it is anything else, or no transformer.

    >>> transformer_of("sklearn.preprocessing.KBinsDiscretizer(n_bins=4)").n_bins
    4
    """
    try:
        if len(text) > MAX_LENGTH:
            raise ValueError("too long")
        made = _value(ast.parse(text, mode="eval").body)
        made = made() if _is_part(made) else made
        if not (hasattr(made, "fit") and hasattr(made, "transform")):
            raise ValueError("this transforms nothing")
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        what = str(error).partition(" (<")[0] or "too deep"
        raise ConfigError(f"{_cut(text)}: {what}", where=where, hint=HINT) from None
    return made


def _call(part: Any) -> str:
    """``module.Class(changed=…)``."""
    usual, told = signature(type(part)).parameters, []
    for name, value in part.get_params(deep=False).items():
        default = usual[name].default if name in usual else None
        if value is not default and repr(value) != repr(default):
            told.append(f"{name}={written(value)}")
    return f"{_public(type(part).__module__)}.{type(part).__name__}({', '.join(told)})"


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=None | bool() | int() | float() | str() as value):
            return value
        case ast.List(elts=elements):
            return [_value(element) for element in elements]
        case ast.Tuple(elts=elements):
            return tuple(_value(element) for element in elements)
        case ast.Dict(keys=keys, values=values) if None not in keys:
            pairs = zip(keys, values, strict=True)
            return {_value(key): _value(value) for key, value in pairs if key is not None}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.Name(id=name) if name in NUMBERS:
            return NUMBERS[name]
        case ast.Call(func=ast.Attribute() as func, args=arguments, keywords=keywords):
            if arguments or None in [keyword.arg for keyword in keywords]:
                raise ValueError("hyper-parameters are named, as in n_knots=4")
            return _made(func, {str(keyword.arg): _value(keyword.value) for keyword in keywords})
        case ast.Attribute():
            found = _found(ast.unparse(node))
            if found is not None:
                return found
            raise ValueError(f"there is no {ast.unparse(node)}")
    raise ValueError(f"{_cut(ast.unparse(node))} is neither a value nor a part of scikit-learn")


def _made(func: ast.expr, options: dict[str, Any]) -> Any:
    cls = _value(func)
    if not _is_part(cls):
        raise ValueError(f"{ast.unparse(func)} cannot be called here")
    if options.get("memory") is not None:
        raise ValueError("memory: a cache on the disk may hold code")
    return cls(**options)


def _found(dotted: str) -> Any:
    """A public class or score of scikit-learn, a ufunc or a type of NumPy; None for all else."""
    module, _, name = dotted.rpartition(".")
    if module == "numpy" and _is_numpy(getattr(np, name, None)):
        return getattr(np, name)
    if not module.startswith(PREFIX) or any(part.startswith("_") for part in dotted.split(".")):
        return None
    try:
        import_module("sklearn.experimental.enable_iterative_imputer")  # it hides otherwise
        found = getattr(import_module(module), name, None)
    except ImportError:
        return None
    return found if _is_part(found) or name in SCORES else None


def _is_part(cls: object) -> bool:
    """A class of scikit-learn's that is made of hyper-parameters."""
    return (
        isinstance(cls, type) and cls.__module__.startswith(PREFIX) and hasattr(cls, "get_params")
    )


def _is_numpy(value: object) -> bool:
    return isinstance(value, np.ufunc) or (
        isinstance(value, type) and issubclass(value, np.generic)
    )


def _public(module: str) -> str:
    parts = module.split(".")
    private = [i for i, part in enumerate(parts) if part.startswith("_")]
    return ".".join(parts[: private[0]] if private else parts)


def _cut(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
