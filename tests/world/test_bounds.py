"""界限 (bounds): nothing that is sent grows without end; the largest ticket is closed."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import httpx
import pytest

from guiyi.plain import JsonObject
from guiyi.play.cast import Cast
from guiyi.play.evidence import drawing
from guiyi.play.people import Person
from guiyi.play.repairs import STORIES
from guiyi.rooms import ROOMS
from shared.events.followup import MOST_ATTEMPTS
from shared.events.values import SEVERAL
from shared.record.store import LARGEST_FACT
from tests.world.cases import enter
from tests.world.people import ANYBODY
from tests.world.world import World

TEXT, NOTE, VOICE = "\x01" * 200, "\x01" * 4_000, "𠮷" * 4_000
"""The longest texts, in the characters that take most bytes: as they are, and sealed."""
PICTURE = drawing()
FILE = {
    "name": TEXT,
    "sha256": hashlib.sha256(PICTURE).hexdigest(),
    "media_type": "image/png",
    "size": len(PICTURE),
}
PHOTOS = [FILE] * SEVERAL
FORMED = ("pattern", "enum", "const", "format", "maxLength")
NAMES = {"time_zone"}
"""Texts that are one of a list which the interface does not repeat."""


class Wordy(World):
    """Whoever does something says as much as may be said, and does it as often as may be."""

    def does(
        self,
        who: Person,
        room: str,
        path: str,
        body: JsonObject,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        step = path.rpartition("/")[2]
        if step == "remote-guidances":
            for n in range(SEVERAL - 1):
                steps = {"steps": f"{NOTE[2:]}{n:02}", "result": "not_solved"}
                super().does(who, room, path, {**body, **steps})
        if step == "answers":
            self._call_back(who, path.replace("/answers", "/attempts"))
        if step in ("reports", "work-records"):
            self.brings(who, room, None if step == "reports" else path.split("/")[-2], PICTURE)
        said = AT_LENGTH[step](body) if step in AT_LENGTH else body
        return super().does(who, room, path, said, at=at, key=key)

    def _call_back(self, who: Person, path: str) -> None:
        for n in range(MOST_ATTEMPTS):
            attempt = {"channel": f"{TEXT[2:]}{n:02}", "result": "no_answer"}
            World.does(self, who, "followup", path, attempt)


def _report(body: JsonObject) -> JsonObject:
    told = {"customer_wish": NOTE, "use_conditions": TEXT, "photos": PHOTOS}
    noted = {"fault_analysis": NOTE, "solution": NOTE}
    return {**body, "fault_description": NOTE, "circumstances": told, "noted": noted}


def _diagnosis(body: JsonObject) -> JsonObject:
    words = {"fault_analysis": NOTE, "solution": NOTE, "fault_cause": TEXT}
    kept = {"equipment_kept_because": TEXT, "warranty_kept_because": TEXT}
    return {"diagnosis": {**body["diagnosis"], **words, "nature_because": TEXT}, "kept": kept}


DUE = [{"kind": f"{n:x>64}", "fen": 10_000} for n in range(SEVERAL)]
"""As many fees as a record has, each of its kind."""


def _work(body: JsonObject) -> JsonObject:
    charged = bool(body["work"].get("fees"))  # nobody who does not pay is charged
    paid = {"quoted_fen": 10**12, "paid_how": TEXT, "receipt_no": TEXT}
    fees = [{**each, **paid} for each in DUE] if charged else []
    readings = [{"name": TEXT, "value": TEXT}] * SEVERAL
    words = {"work_done": NOTE, "cause_found": TEXT, "no_fees": not charged}
    used = [{**each, "old_left_because": TEXT} for each in body["work"]["parts_used"]]
    lists = {"readings": readings, "photos": PHOTOS, "fees": fees, "parts_used": used}
    return {"work": {**body["work"], **words, **lists}}


AT_LENGTH: Mapping[str, Callable[[JsonObject], JsonObject]] = {
    "reports": _report,
    "remote-guidances": lambda body: {**body, "steps": NOTE},
    "diagnoses": _diagnosis,
    "work-records": _work,
    "fee-requests": lambda body: {**body, "fees": DUE, "because": NOTE},
    "fee-approvals": lambda body: {**body, "fees": DUE},
    "customer-signatures": lambda body: {
        **body,
        "signer": VOICE[:200],
        "opinion": NOTE,
        "evidence": {**body["evidence"], "name": TEXT},
    },
    "closings": lambda body: {**body, "reason": NOTE},
    "answers": lambda body: {
        **body,
        "channel": TEXT,
        "answered_by": VOICE[:200],
        "opinion": VOICE,
    },
}
"""By step, its body with the longest texts and the fullest lists."""


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Wordy, Cast]]:
    with Wordy() as made:
        cast = enter(made)
        made.begin_here()
        yield made, cast


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_the_largest_ticket_comes_to_its_end(world: tuple[Wordy, Cast], story: Any) -> None:
    rooms, cast = world
    ticket = story(rooms.blank(), cast)
    rooms.post.deliver_all()
    assert not rooms.parked
    facts = [each for page in rooms.pages.values() for each in page.ticket_facts(ticket, None)]
    assert [each.type for each in facts if each.type == "DossierFiled"]
    largest = max(len(each.body) + len(each.public or b"") for each in facts)
    assert 600_000 < largest <= LARGEST_FACT


@pytest.mark.parametrize("room", ROOMS)
def test_no_body_has_a_list_or_a_text_without_a_bound(world: tuple[Wordy, Cast], room: str) -> None:
    spec = world[0].asks(ANYBODY, room, "/openapi.json").json()
    bodies = {
        path: content["schema"]
        for path, methods in spec["paths"].items()
        if "post" in methods
        for kind, content in methods["post"]["requestBody"]["content"].items()
        if kind == "application/json"
    }
    assert bodies
    found = {
        path: list(unbounded(schema, spec["components"]["schemas"], ""))
        for path, schema in bodies.items()
    }
    assert {path: places for path, places in found.items() if places} == {}


def unbounded(schema: Mapping[str, Any], known: Mapping[str, Any], place: str) -> Iterator[str]:
    """Where a list or a text stands that may be as long as it likes."""
    if (named := schema.get("$ref")) is not None:
        yield from unbounded(known[named.rpartition("/")[2]], known, place)
    for each in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from unbounded(each, known, place)
    for name, each in schema.get("properties", {}).items():
        if name not in NAMES:
            yield from unbounded(each, known, f"{place}.{name}".lstrip("."))
    match schema.get("type"):
        case "string" if not any(each in schema for each in FORMED):
            yield place
        case "array":
            if "maxItems" not in schema:
                yield place
            yield from unbounded(schema["items"], known, place)
        case "object" if schema.get("additionalProperties"):
            yield place
        case _:
            pass
