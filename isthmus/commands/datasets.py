"""``isthmus datasets``: the built-in sets."""

from __future__ import annotations

__all__ = ["datasets"]


def datasets() -> None:
    """List the built-in sets and where each is found."""
    from rich.console import Console
    from rich.table import Table

    from isthmus.data import builtin_sets

    table = Table("name", "what it is", "found", box=None)
    for row in builtin_sets():
        table.add_row(row.name, row.summary, str(row.found or "not here"))
    Console().print(table)
