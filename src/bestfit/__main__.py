"""``python -m bestfit`` is the same as ``bestfit``."""

from .cli import run

__all__: list[str] = []

if __name__ == "__main__":
    run()
