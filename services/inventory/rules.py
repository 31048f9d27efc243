"""配件库的规则 (rules of inventory): who may read here, and how its papers are numbered."""

from datetime import date

from shared.events.values import Role

READERS = frozenset(Role) - {Role.CUSTOMER, Role.OPERATOR}
"""Who reads of parts, stock and notes."""


def paper_number(series: str, store: str, day: date, n: int) -> str:
    """单据号: the n-th paper of a series in the year of the store's local day.

    The record knows this form (migration 0035): a number that stands in it is not given again.
    """
    return f"{series}-{store}-{day.year}-{n:04}"
