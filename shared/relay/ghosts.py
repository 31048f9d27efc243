"""幽灵租约 (leases of ghosts): they claim more time than any relay is given, and are taken over."""

from collections.abc import Iterable, Sequence

from shared.record.statements import ResultRow

TAKEN_OVER = """
SELECT partition, holder, until::text FROM record.taken_over WHERE heir = coalesce(%s, heir)
ORDER BY at DESC LIMIT 20
"""
"""The query for the last leases that were taken over so. Its value is the heir; NULL: anybody."""


def told(rows: Iterable[ResultRow]) -> Sequence[str]:
    """The result of TAKEN_OVER in words."""
    return [
        f"partition {partition}: a lease of {holder} until {until} was nobody's and was taken over"
        for partition, holder, until in rows
    ]
