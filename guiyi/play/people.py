"""人员 (the people): who works at the branch, as their cards and their tokens say."""

from dataclasses import dataclass

from guiyi.rooms import FIRST_OPERATOR
from shared.events.values import ALL_BRANCHES, Role


@dataclass(frozen=True, slots=True)
class Person:
    """人员: somebody of the branch."""

    id: str
    name: str
    roles: tuple[str, ...]
    posts: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()

    def branches(self, branch: str) -> list[str]:
        """As their card has them: an operator is of all branches, anybody else of this one."""
        return [ALL_BRANCHES] if Role.OPERATOR in self.roles else [branch]


FIRST = Person(FIRST_OPERATOR, "首任运维", ("operator",))
"""首任运维: on no card; registers the branch and the operator, and does nothing else."""
OPERATOR = Person("O-LINFENG", "林峰", ("operator",))
CLERK = Person("K-CHENJING", "陈静", ("clerk",))
LIU = Person("T-LIUYANG", "刘洋", ("technician",), skills=("pumps",))
SUN = Person("T-SUNQIANG", "孙强", ("technician",), skills=("pumps", "filling"))
APPROVER = Person("A-ZHAOLEI", "赵磊", ("approver",))
KEEPER = Person("S-ZHOUMIN", "周敏", ("storekeeper",))
DEPUTY = Person("A-QIANFENG", "钱峰", ("approver",), posts=("cost_deputy",))
STAFF = (OPERATOR, CLERK, LIU, SUN, APPROVER, KEEPER, DEPUTY)

ONLOOKER = Person("V-ONLOOKER", "旁观", ("auditor",))
"""旁观: who looks at papers only to learn how many there are, and does nothing."""
