"""在场 (who is present): a branch of three with two lent people, and who is asked from outside.

In so small a branch everybody does more than one thing; what is kept apart is kept apart by who did
what in this one case.
"""

from collections.abc import Iterator, Sequence

from guiyi.play import people
from guiyi.play.people import Person

JING = Person(people.CLERK.id, people.CLERK.name, ("clerk", "storekeeper"))
MIN = Person(people.KEEPER.id, people.KEEPER.name, ("storekeeper", "clerk"))
LIU = people.LIU
SUN = Person(people.SUN.id, people.SUN.name, ("technician", "clerk"), skills=people.SUN.skills)
ZHAO = people.APPROVER
BRANCH_OF_THREE, LENT = (JING, MIN, LIU), (SUN, ZHAO)
PRESENT: Sequence[Person] = (*BRANCH_OF_THREE, *LENT)
OPERATOR = people.OPERATOR
"""Of all branches; may record that somebody stands in for who is away."""
REGISTERED: Sequence[Person] = (OPERATOR, *PRESENT, people.DEPUTY, people.FINANCE)
"""On the cards; neither the cost deputy nor finance is asked once a search begins."""


def able(role: str, away: str | None) -> Iterator[Person]:
    """Who of those present has a role, without the one who is away."""
    everybody = (*PRESENT, OPERATOR)
    yield from (each for each in everybody if role in each.roles and each.id != away)
