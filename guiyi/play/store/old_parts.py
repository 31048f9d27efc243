"""旧件 (old parts): listed from what notes brought home, sent to base, judged by their fault."""

from collections import Counter
from collections.abc import Sequence

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Act, Case
from guiyi.play.people import BASE, KEEPER, Person
from guiyi.play.store.papers import begin, go_on, paper, rows, sign, travels
from shared.events.values import PARTS

OLD_PARTS = "old-parts"


def list_old_parts(case: Case, who: Person) -> httpx.Response | None:
    """旧件列单: the old warranty parts that wait, as many as a list takes."""
    store = case.rooms.branch
    waiting = rows(case, who, f"/v1/old-parts-waiting?store={store}&old_class=warranty")
    condition = case.said["old_parts"]["condition"]
    lines = [
        {"part": row["part"], "issue_note": row["issue_note"], "condition": condition}
        for row in waiting[:PARTS]
    ]
    body = {"old_class": "warranty", "lines": lines}
    return begin(case, who, OLD_PARTS, body) if lines else None


def send_old_parts(case: Case, who: Person) -> httpx.Response | None:
    """旧件发出: all of the list."""
    body = {"base": BASE, "consignment": travels(case)}
    return sign(case, who, OLD_PARTS, "sendings", body)


def count_old_parts(case: Case, who: Person) -> httpx.Response | None:
    """旧件点收: all of it came."""
    came, serials = Counter[str](), dict[str, list[str]]()
    for line in listed(case, who):
        came[line["part"]] += line["quantity"]
        serials.setdefault(line["part"], []).extend(line["serials"])
    lines = [
        {"part": part, "received": count, "serials": sorted(serials[part])}
        for part, count in came.items()
    ]
    return sign(case, who, OLD_PARTS, "receipts", {"lines": lines}) if lines else None


def judge_old_part(nth: int) -> Act:
    """旧件判定: the first line is exchanged, with words; what is worn is scrapped."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        line = listed(case, who)[nth]
        changed = {"disposition": "exchange", "because": case.said["old_parts"]["exchanged"]}
        ways = {"disposition": "scrap"} if nth else changed
        told = {"line": nth + 1, "quantity": line["quantity"], "serials": line["serials"]}
        return go_on(case, who, OLD_PARTS, "judgements", {**told, **ways})

    return act


def settle_old_part(nth: int) -> Act:
    """旧件结案: another part came for the first line; the others are scrapped."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        number = f"{case.papers.get(OLD_PARTS)}-J{nth + 1}"
        outcome = "scrapped" if nth else "part_back"
        body = {"number": number, "outcome": outcome, "case_no": case.said["old_parts"]["case_no"]}
        return go_on(case, who, OLD_PARTS, "settlements", body)

    return act


def listed(case: Case, who: Person = KEEPER) -> Sequence[JsonObject]:
    """The lines of the list."""
    shown = paper(case, who, OLD_PARTS)
    return shown["old_parts"]["listed"]["lines"] if shown else ()
