"""人员 (the people): who else works at the branch of these stories; two might do it all alone."""

from guiyi.play.people import ONLOOKER, STAFF, Person
from shared.events.values import Role
from shared.token import Caller

BRANCH = "HZ01"
CLERK_2 = Person("K-WANGFANG", "王芳", ("clerk",))
KEEPER_2 = Person("S-ZHOUJIE", "周杰", ("storekeeper",))
ALL_ROLES = ("clerk", "technician", "approver", "storekeeper")
HANDY, HANDY_2 = Person("E-QIANDUO", "钱多", ALL_ROLES), Person("E-WUJIN", "吴劲", ALL_ROLES)
"""能者: a small branch lets two people do everything, and each of them the other side as well."""

EVERYBODY = (*STAFF, CLERK_2, KEEPER_2, HANDY, HANDY_2)
PEOPLE = {person.id: person for person in EVERYBODY}
ANYBODY = Person("X-ANYBODY", "不论谁", tuple(Role))
"""不论谁: every role there is, to ask what a route says of a body whoever sends it."""
_KNOWN = {**PEOPLE, ONLOOKER.id: ONLOOKER, ANYBODY.id: ANYBODY}


def caller(actor: str) -> Caller:
    """Who a token speaks for; here the token is their number."""
    roles = frozenset(_KNOWN[actor].roles)
    branches = {"*"} if roles == {"operator"} else {BRANCH}
    return Caller(actor, roles, frozenset(branches))
