"""场景 (scenes): each room with one repair, far enough along that there is something to show."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from services.dispatch.app import room as dispatch_room
from services.followup.app import room as followup_room
from services.intake.app import room as intake_room
from services.inventory.app import room as inventory_room
from shared.events.values import Role
from tests.dispatch import example as dispatch_example
from tests.dispatch.claim.journeys import Journey
from tests.dispatch.desk import PATH as ORDER
from tests.dispatch.desk import VISIT_PATH, Dispatch, Record
from tests.dispatch.job import LATER
from tests.followup.example import LIU as CALLED_LIU
from tests.followup.example import TICKET as CALLED_TICKET
from tests.followup.test_api import ANSWERS, DOSSIER, SURVEY, FollowUp
from tests.intake.desk import APPROVER, EXAMPLES, TECHNICIAN, Intake
from tests.inventory import example as inventory_example
from tests.inventory.desk import EXAMPLES as STORE_EXAMPLES
from tests.inventory.desk import PATH as NOTE
from tests.inventory.desk import Inventory
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import WebDesk, web_desk
from tests.shared.room_desk import know

BRANCH, ELSEWHERE = "HZ01", "ZZ99"


@dataclass
class Scene:
    """场景: a room, where its papers are, and whose own work they are."""

    desk: WebDesk
    papers: Mapping[str, str]
    """The path of each paper, by the path with names in braces."""
    own: str
    """The technician whose job it is."""
    enrol: Callable[[str, Role, str], object]
    """Enters a person with a role at a branch."""

    def path(self, template: str) -> str:
        """A route of the papers there are."""
        for paper, path in sorted(self.papers.items(), reverse=True):
            if template.startswith(paper):
                return (path + template.removeprefix(paper)).replace("{which}", "1")
        return template

    def token(self, role: Role, branch: str = BRANCH, person: str | None = None) -> str:
        """Of a colleague with that role alone."""
        named = person or f"X-{role.value.upper()}-{branch}"
        if person is None:
            self.enrol(named, role, branch)
        return self.desk.token(named, [role.value], [branch])


@contextmanager
def intake(folder: Path) -> Iterator[Scene]:
    """A report that is approved."""
    with web_desk(intake_room, folder) as desk:
        room = Intake(desk).opened()
        far = {**EXAMPLES["branches"], "code": ELSEWHERE, "web_owner": None}
        room.done(desk.post("/v1/branches", far, room.operator))
        machine = {**EXAMPLES["machines"], "place": "机房"}
        room.done(desk.change("/v1/machines/M-2001", machine, room.clerk))
        report = room.approved()
        room.delegated(deputy="K-CHENJING")
        hidden = room.hidden()
        ticket = report.rpartition("/")[2]
        entered: set[str] = set()

        def enrol(person: str, role: Role, branch: str) -> None:
            if person not in entered:
                card = {**EXAMPLES["people"], "id": person, "roles": [role], "branches": [branch]}
                room.done(desk.post("/v1/people", card, room.operator))
                entered.add(person)

        asked = room.answered().rpartition("/")[2]
        papers = {
            "/v1/reports/{ticket}": report,
            "/v1/enquiries/{ticket}": f"/v1/enquiries/{asked}",
            "/v1/tickets/{ticket}": f"/v1/tickets/{ticket}",
            "/v1/complaints/{number}": room.complained(ticket),
            "/v1/customers/{number}": "/v1/customers/C-1001",
            "/v1/machines/{number}": "/v1/machines/M-2001",
            "/v1/branches/{number}": "/v1/branches/HZ01",
            "/v1/people/{number}": f"/v1/people/{TECHNICIAN}",
            "/v1/people/{number}/delegations": f"/v1/people/{APPROVER}/delegations",
            "/v1/branches/{number}/hidden-values": hidden,
            "/v1/legacy-tickets/{ticket}": "/v1/legacy-tickets/old-1",
        }
        room.imported("1")
        yield Scene(desk, papers, TECHNICIAN, enrol)


@contextmanager
def dispatch(folder: Path) -> Iterator[Scene]:
    """An order that came home with a claim, one without, one not made out, one to be visited."""
    store, keys = Record(), memory_keys()
    views = MemoryViews(store, keys)
    with web_desk(dispatch_room, folder, store, views=views, clock=lambda: LATER) as desk:
        room = Dispatch(desk, views, store)
        claim = room.claimed()
        ticket = dispatch_example.TICKET
        room.approved(ticket[:-1] + "9")
        room.signed(ticket[:-1] + "5")
        Journey(desk.handler, ticket[:-1] + "7", BRANCH).brought(LATER + timedelta(days=7))
        papers = {
            "/v1/work-orders/{number}": ORDER,
            "/v1/visits/{number}": VISIT_PATH,
            "/v1/claims/{number}": claim,
            "/v1/people/{number}/leaves": room.away(),
            "/v1/tickets/{ticket}": f"/v1/tickets/{ticket}",
        }
        yield Scene(desk, papers, dispatch_example.LIU, _knowing(views))


@contextmanager
def inventory(folder: Path) -> Iterator[Scene]:
    """A note whose parts are drawn."""
    store, keys = Memory("inventory"), memory_keys()
    views, at = MemoryViews(store, keys), inventory_example.AT
    with web_desk(inventory_room, folder, store, views=views, clock=lambda: at) as desk:
        room = Inventory(desk, views)
        room.issued()
        part = inventory_example.RING
        shelf = f"/v1/stock/{BRANCH}/{part}"
        room.post(f"{shelf}/quotas", {"quota": 99}, room.base)
        room.post("/v1/purchases", STORE_EXAMPLES["purchases"], room.base)
        room.post("/v1/transfers", STORE_EXAMPLES["transfers"], room.base)
        room.had_before(inventory_example.GREASE)
        _october_closed(room)
        room.post("/v1/stocktakes", STORE_EXAMPLES["stocktakes"], room.keeper)
        counted = {"part": part, "counted": 7}
        count = f"/v1/stocktakes/PD-{BRANCH}-2026-0002"
        room.post(f"{count}/shelf-counts", counted)
        pumps = {"part": inventory_example.PUMP, "counted": 1, "serials": ["P-2"]}
        room.post(f"{count}/shelf-counts", pumps)
        room.signs(count, "witnesses", {}, room.clerk)
        room.post("/v1/own-uses", STORE_EXAMPLES["own-uses"])
        room.post("/v1/replenishments", STORE_EXAMPLES["replenishments"])
        room.drafted(part)
        room.old_listed()
        papers = {
            "/v1/serials/{part}/{serial}": f"/v1/serials/{inventory_example.PUMP}/P-1",
            "/v1/own-uses/{number}": f"/v1/own-uses/LY-{BRANCH}-2026-0001",
            "/v1/issue-notes/{number}": NOTE,
            "/v1/parts/{number}": f"/v1/parts/{part}",
            "/v1/stock/{store}/{part}": shelf,
            "/v1/replenishments/{number}": f"/v1/replenishments/BK-{BRANCH}-2026-0001",
            "/v1/old-parts/{number}": f"/v1/old-parts/JJ-{BRANCH}-2026-0001",
            "/v1/transfers/{number}": f"/v1/transfers/DB-{BRANCH}-2026-0001",
            "/v1/purchases/{number}": f"/v1/purchases/CG-{BRANCH}-2026-0001",
            "/v1/stocktakes/{number}": f"/v1/stocktakes/PD-{BRANCH}-2026-0002",
            "/v1/consumption/{store}/{period}": f"/v1/consumption/{BRANCH}/2026-10",
            "/v1/closings/{store}": f"/v1/closings/{BRANCH}",
            "/v1/tickets/{ticket}": f"/v1/tickets/{inventory_example.TICKET}",
        }
        yield Scene(desk, papers, inventory_example.LIU, _knowing(views))


def _october_closed(room: Inventory) -> None:
    """A month that is counted, approved and closed."""
    month, path = {"period": "2026-10"}, f"/v1/stocktakes/PD-{BRANCH}-2026-0001"
    room.post("/v1/stocktakes", {"kind": "monthly", **month})
    rings = {"part": inventory_example.RING, "counted": 7}
    room.post(f"{path}/shelf-counts", rings)
    room.post(f"{path}/shelf-counts", rings, room.liu)
    pumps = {"part": inventory_example.PUMP, "counted": 1, "serials": ["P-2"]}
    room.post(f"{path}/shelf-counts", pumps)
    room.signs(path, "witnesses", {}, room.clerk)
    money = room.desk.staff("F-QIAN", ["finance"], [BRANCH])
    room.post(f"{path}/difference-approvals", {"lines": []}, money)
    room.post(f"/v1/closings/{BRANCH}/periods", month, money)


@contextmanager
def followup(folder: Path) -> Iterator[Scene]:
    """A call-back that was answered, and its dossier."""
    store, keys = Memory("followup"), memory_keys()
    views = MemoryViews(store, keys)
    with web_desk(followup_room, folder, store, views=views) as desk:
        room = FollowUp(desk, views)
        room.closed()
        room.done(room.post(f"{SURVEY}/answers", ANSWERS))
        papers = {
            "/v1/surveys/{number}": SURVEY,
            "/v1/dossiers/{ticket}": DOSSIER,
            "/v1/tickets/{ticket}": f"/v1/tickets/{CALLED_TICKET}",
        }
        yield Scene(desk, papers, CALLED_LIU, _knowing(views))


SCENES = {"intake": intake, "dispatch": dispatch, "inventory": inventory, "followup": followup}


def _knowing(views: MemoryViews) -> Callable[[str, Role, str], object]:
    return lambda person, role, branch: know(views, person, role, branch)
