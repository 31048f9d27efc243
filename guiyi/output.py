"""输出 (output): results on standard output, as one line of JSON or as a table."""

import json
from collections.abc import Iterable, Sequence

import typer

from guiyi.speech import say


def print_json(told: object) -> None:
    """One line of JSON. What msgspec knows, such as dataclasses and moments, is made plain."""
    import msgspec

    typer.echo(json.dumps(msgspec.to_builtins(told), ensure_ascii=False))


def print_table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], wraps: Sequence[str] | None = None
) -> None:
    """A table. `heads`: the keys of its headings; `wraps`: the only columns that may wrap."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in heads:
        is_whole = wraps is not None and head not in wraps
        table.add_column(say(head), overflow="fold", no_wrap=is_whole)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)
