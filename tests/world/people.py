"""人员 (the people): who else works at the branch of these stories; two might do it all alone."""

from guiyi.play.branch import people as of_a_month
from guiyi.play.people import FIRST, OF_STORES, ONLOOKER, STAFF, Person
from shared.events.values import Role
from shared.token import Caller

BRANCH = "HZ01"
CLERK_2 = of_a_month.CLERK_2
KEEPER_2 = Person("S-ZHOUJIE", "周杰", ("storekeeper",))
ALL_ROLES = ("clerk", "technician", "approver", "storekeeper", "base")
HANDY, HANDY_2 = Person("E-QIANDUO", "钱多", ALL_ROLES), Person("E-WUJIN", "吴劲", ALL_ROLES)
"""能者: a small branch lets two people do everything, and each of them the other side as well."""

EVERYBODY = (*STAFF, CLERK_2, KEEPER_2, HANDY, HANDY_2)
PEOPLE = {person.id: person for person in EVERYBODY}


class OfOneBranch(Person):
    """一店之人: of the one branch, operator or not."""

    def branches(self, branch: str) -> list[str]:
        """As Person.branches."""
        return [branch]


ANYBODY = OfOneBranch("X-ANYBODY", "不论谁", tuple(r for r in Role if r is not Role.CUSTOMER))
"""不论谁: every role an employee can have, to ask what a route says of a body whoever sends it."""
ANY_CUSTOMER = Person("C-1001", "西湖宾馆", ("customer",))
"""The same, on the routes for customers."""
KNOWN = {each.id: each for each in (*EVERYBODY, *OF_STORES, ONLOOKER, ANYBODY, ANY_CUSTOMER, FIRST)}


def caller(known: Person) -> Caller:
    """What a token of theirs says."""
    return Caller(known.id, frozenset(known.roles), frozenset(known.branches(BRANCH)))
