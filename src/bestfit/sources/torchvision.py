"""Data sets that torchvision knows by name."""

import inspect
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ..errors import MachineError, SourceError
from ..frames.datasets import is_dataset
from ..table import Table
from .base import Source, source
from .extras import needed

__all__ = ["Torchvision"]


@source("torchvision")
@dataclass(frozen=True)
class Torchvision(Source):
    """A data set of torchvision, ``torchvision:NAME``, where torchvision is installed.

    Args:
        address: with the name, as ``torchvision:FashionMNIST``.
        root: the folder that it lies in.
        split: the part of it, in its own words: ``train``, ``test``, ``val`` …
        download: whether it may be fetched where it is not there.
    """

    schemes = ("torchvision",)

    address: str
    root: str = "data"
    split: str = "train"
    download: bool = False

    def read(self) -> Table:
        known = needed("torchvision.datasets", "torchvision")
        name = self.address.partition(":")[2].strip("/")
        able = [n for n, kind in vars(known).items() if isinstance(kind, type) and n[0] != "_"]
        spelt = {each.lower(): each for each in able}
        if name.lower() not in spelt:
            near = get_close_matches(name.lower(), spelt, n=1)
            hint = f"torchvision:{spelt[near[0]]}" if near else ", ".join(sorted(able)[:8])
            raise SourceError(f"torchvision has no data set {name!r}", hint=hint)
        kind = getattr(known, spelt[name.lower()])
        where = f"torchvision:{spelt[name.lower()]}"
        try:
            data = kind(**self._given(kind, where))
        except (RuntimeError, FileNotFoundError):
            hint = "--read root=FOLDER, or --read download=yes"
            raise SourceError(f"it is not in {self.root!r}", where=where, hint=hint) from None
        except OSError as error:
            raise MachineError(f"it cannot be fetched ({error})", where=where) from None
        except (TypeError, ValueError, ModuleNotFoundError) as error:
            raise SourceError(f"torchvision says: {error}", where=where) from None
        if not is_dataset(data):
            raise SourceError("this is no data set", where=where)
        return Table.of(data, where)

    def _given(self, kind: Any, where: str) -> dict[str, Any]:
        """The options in the words of this data set."""
        words = inspect.signature(kind).parameters
        given: dict[str, Any] = {"root": self.root} if "root" in words else {}
        if "download" in words:
            given["download"] = self.download
        if "split" in words:
            given["split"] = self.split
        elif "train" in words:
            if self.split not in ("train", "test"):
                raise SourceError(f"no part {self.split!r}", where=where, hint="train or test")
            given["train"] = self.split == "train"
        return given
