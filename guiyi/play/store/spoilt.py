"""待检与自用 (quarantine and own use): what came home damaged, and what the store uses itself."""

import httpx

from guiyi.play.case import Case
from guiyi.play.people import Person
from guiyi.play.store.papers import ROOM, begin, go_on

OWN_USES = "own-uses"


def keep_spoilt(case: Case, who: Person) -> httpx.Response:
    """待检判定: one piece more than lies there is found good; nobody knows of it."""
    body = {**case.said["spoilt"]["kept"], "is_good": True}
    return _judged(case, who, "judgements", body)


def scrap_spoilt(case: Case, who: Person) -> httpx.Response:
    """待检报废: the piece is of no use any more."""
    return _judged(case, who, "scrappings", case.said["spoilt"]["scrapped"])


def ask_own_use(case: Case, who: Person) -> httpx.Response:
    """自用申请: for the store's own machine."""
    return begin(case, who, OWN_USES, case.said["own_use"])


def approve_own_use(case: Case, who: Person) -> httpx.Response | None:
    """自用批准: the parts leave the shelf."""
    return go_on(case, who, OWN_USES, "grants", {})


def _judged(case: Case, who: Person, step: str, body: dict[str, object]) -> httpx.Response:
    part = case.said["spoilt"]["part"]
    return case.does(who, ROOM, f"/v1/stock/{case.rooms.branch}/{part}/{step}", body)
