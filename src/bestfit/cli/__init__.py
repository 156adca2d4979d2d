"""The command line: one verb per file; each parses, calls and prints, and nothing else."""

from .app import main, run

__all__ = ["main", "run"]
