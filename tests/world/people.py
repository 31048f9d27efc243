"""人员 (the people): who works at the branch of these stories, and who might do it all alone."""

from shared.token import Caller

BRANCH = "HZ01"
OPERATOR = "O-LINFENG"
CLERK, CLERK_2 = "K-CHENJING", "K-WANGFANG"
LIU, SUN = "T-LIUYANG", "T-SUNQIANG"
APPROVER = "A-ZHAOLEI"
KEEPER, KEEPER_2 = "S-LIMEI", "S-ZHOUJIE"
HANDY, HANDY_2 = "E-QIANDUO", "E-WUJIN"
"""能者: a small branch lets two people do everything, and each of them the other side as well."""

ROLES = {
    CLERK: ("clerk",),
    CLERK_2: ("clerk",),
    LIU: ("technician",),
    SUN: ("technician",),
    APPROVER: ("approver",),
    KEEPER: ("storekeeper",),
    KEEPER_2: ("storekeeper",),
    HANDY: ("clerk", "technician", "approver", "storekeeper"),
    HANDY_2: ("clerk", "technician", "approver", "storekeeper"),
}


def caller(actor: str) -> Caller:
    """Who a token speaks for; here the token is his name."""
    if actor == OPERATOR:
        return Caller(actor, frozenset({"operator"}), frozenset({"*"}))
    return Caller(actor, frozenset(ROLES[actor]), frozenset({BRANCH}))
