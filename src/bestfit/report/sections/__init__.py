"""The sections of a report: each takes a run and gives its template's values, or None."""

__all__: list[str] = []
