"""在场 (who is present): a branch of three with two lent people, and who is asked from outside.

In so small a branch everybody does more than one thing; what is kept apart is kept apart by who did
what in this one case.
"""

from collections.abc import Iterator, Sequence

from guiyi.play import people
from guiyi.play.people import Person

JING = Person(people.CLERK.id, people.CLERK.name, ("clerk", "storekeeper"))
MIN = Person(people.KEEPER.id, people.KEEPER.name, ("storekeeper", "clerk", "finance"))
LIU = people.LIU
SUN = Person(people.SUN.id, people.SUN.name, ("technician", "clerk"), skills=people.SUN.skills)
ZHAO = people.APPROVER
BRANCH_OF_THREE, LENT = (JING, MIN, LIU), (SUN, ZHAO)
PRESENT: Sequence[Person] = (*BRANCH_OF_THREE, *LENT)
OPERATOR = people.OPERATOR
"""Of all branches; may record that somebody stands in for who is away."""
SHEN = Person("G-SHENYI", "沈毅", ("general_manager",))
"""Of all branches; asked where the only approver is part of what is to be decided."""
COST = people.DEPUTY
"""Of costs; asked for what is on the joint rung alone."""
REGISTERED: Sequence[Person] = (OPERATOR, *PRESENT, COST, people.FINANCE, SHEN)
"""On the cards; who is of finance alone is not asked in a search."""


def able(role: str, away: str | None) -> Iterator[Person]:
    """Who of those present has a role, without the one who is away."""
    everybody = (*PRESENT, OPERATOR, SHEN)
    yield from (each for each in everybody if role in each.roles and each.id != away)
