"""人员 (the people): who works at the branch, as their cards and their tokens say."""

from dataclasses import dataclass

from guiyi.rooms import FIRST_OPERATOR
from shared.events.values import ALL_BRANCHES, Role

BASE, NEIGHBOUR = "BASE", "NB01"
"""基地与邻店: the store of base, and that of another branch."""
EVERYWHERE = frozenset((Role.OPERATOR, Role.AUDITOR, Role.GENERAL_MANAGER))


@dataclass(frozen=True, slots=True)
class Person:
    """人员: somebody of the branch."""

    id: str
    name: str
    roles: tuple[str, ...]
    posts: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()

    def branches(self, branch: str) -> list[str]:
        """As their card has them: who looks after all branches, or only looks, is of all of them.

        Anybody else is of this one.
        """
        return [branch] if EVERYWHERE.isdisjoint(self.roles) else [ALL_BRANCHES]


@dataclass(frozen=True, slots=True)
class Elsewhere(Person):
    """外店之人: somebody of base or of another store."""

    place: str = ""
    serves: bool = False
    """Whether they also work for the branch of the play."""

    def branches(self, branch: str) -> list[str]:
        """As Person.branches."""
        return [self.place, *([branch] if self.serves else [])]


FIRST = Person(FIRST_OPERATOR, "首任运维", ("operator",))
"""首任运维: on no card; registers the branch and the operator, and does nothing else."""
OPERATOR = Person("O-LINFENG", "林峰", ("operator",))
CLERK = Person("K-CHENJING", "陈静", ("clerk",))
LIU = Person("T-LIUYANG", "刘洋", ("technician",), skills=("pumps",))
SUN = Person("T-SUNQIANG", "孙强", ("technician",), skills=("pumps", "filling"))
APPROVER = Person("A-ZHAOLEI", "赵磊", ("approver",))
KEEPER = Person("S-ZHOUMIN", "周敏", ("storekeeper",))
DEPUTY = Person("A-QIANFENG", "钱峰", ("approver",), posts=("cost_deputy",))
FINANCE = Person("F-LIUFANG", "柳芳", ("finance",))
BASE_CLERK = Elsewhere("B-HEHUI", "何慧", ("base",), place=BASE, serves=True)
BASE_KEEPER = Elsewhere("B-GUOPING", "郭平", ("storekeeper",), place=BASE)
NEIGHBOUR_KEEPER = Elsewhere("S-HUANGLI", "黄丽", ("storekeeper",), place=NEIGHBOUR)
NEIGHBOUR_APPROVER = Elsewhere("A-LUOWEI", "罗伟", ("approver",), place=NEIGHBOUR)
OF_STORES = (BASE_CLERK, BASE_KEEPER, NEIGHBOUR_KEEPER, NEIGHBOUR_APPROVER)
"""仓库之人: whom a month of the store needs beside the people of the branch."""
STAFF = (OPERATOR, CLERK, LIU, SUN, APPROVER, KEEPER, DEPUTY, FINANCE)

ONLOOKER = Person("V-ONLOOKER", "旁观", ("auditor",))
"""旁观: who looks at the papers of all branches, and does nothing."""
