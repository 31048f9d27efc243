"""配件库的规则 (rules of inventory): what the registers say, before anything is decided."""

from shared.events.cards import PersonCard
from shared.events.order_sheet import Standing
from shared.events.values import Role

READERS = frozenset(Role) - {Role.CUSTOMER, Role.OPERATOR}
"""Who reads of parts, stock and notes."""


def standing(person: str, card: PersonCard | None) -> Standing:
    """任职情况: what the newest card of a person says of him; nothing, if there is none."""
    if card is None:
        return Standing(person, known=False)
    return Standing(
        person, known=True, active=card.active, roles=card.roles, branches=card.branches
    )
