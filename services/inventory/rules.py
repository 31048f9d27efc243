"""配件库的规则 (rules of inventory): who may read here. Policy has no say in this room yet."""

from shared.events.values import Role

READERS = frozenset(Role) - {Role.CUSTOMER, Role.OPERATOR}
"""Who reads of parts, stock and notes."""
