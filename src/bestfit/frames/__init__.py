"""The door for foreign frames: every kind becomes one polars frame, and answers go back in kind.

No foreign package is imported here: an object is known by its own class, and pandas frames are
read through NumPy, so that neither pandas nor pyarrow needs to be installed.
"""

from .answers import like
from .door import tidy_names, to_polars
from .objects import of_objects, plain_text

__all__ = ["like", "of_objects", "plain_text", "tidy_names", "to_polars"]
