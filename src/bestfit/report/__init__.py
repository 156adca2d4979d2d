"""The report: a run folder in, one self-contained HTML file out.

It reads files only, so it also works on a run that was made elsewhere or has not finished; what
is not there is left out. The page loads nothing, runs nothing, and shows every name as text.
"""

from .comparison import is_comparison, write_comparison
from .page import write_report

__all__ = ["is_comparison", "write_comparison", "write_report"]
