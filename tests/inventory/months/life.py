"""日子 (life in two stores): who works there, what is asked over HTTP, and what time it is."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from guiyi.play.evidence import drawing
from services.inventory.app import room
from shared.decider import Asked
from shared.events.cards import PersonCard, PersonDocument
from shared.events.values import Role
from tests.inventory.desk import FAR, Inventory
from tests.inventory.example import APPROVER, BRANCH, CHEN, LIU
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_tables import MemoryTables
from tests.memory_views import MemoryViews
from tests.shared.http_desk import web_desk
from tests.world.world import UNHURRIED

BEGIN = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)
RING, PUMP, HOSE = "MFQ-32", "BENG-5", "RUAN-1"
"""One with old parts that are due, one with serials, one that is counted in thousandths."""
CARDS: dict[str, dict[str, Any]] = {
    RING: {},
    PUMP: {"has_serials": True},
    HOSE: {"unit": "metre", "old_part_due": []},
}
PARTS = tuple(CARDS)
Paper: TypeAlias = Iterator[None]
"""A paper from its beginning to its end, one step at a time."""
LATEST = timedelta(days=15)
"""How long ago what is told now has happened, at most."""


class Clocked(Memory):
    """A record whose clock the story turns."""

    def __init__(self) -> None:
        super().__init__("inventory")
        self.clock = BEGIN

    def now(self) -> datetime:
        return self.clock


class Stores(Inventory):
    """Two stores, each with keepers and an approver of its own, and what belongs to neither."""

    def __post_init__(self) -> None:
        super().__post_init__()
        staff = self.desk.staff
        self.second = staff("K-SECOND", ["storekeeper"], [BRANCH])
        self.chen = staff(CHEN, ["technician"], [BRANCH])
        self.far_keeper = staff("K-NINGBO", ["storekeeper"], [FAR])
        self.far_second = staff("K-NINGBO-2", ["storekeeper"], [FAR])
        self.far_liu = staff("T-NINGBO", ["technician"], [FAR])
        self.near, self.far = (
            staff(APPROVER, ["approver"], [BRANCH]),
            staff("A-NINGBO", ["approver"], [FAR]),
        )
        self.money = staff("F-QIAN", ["finance"], [BRANCH, FAR])
        self.checker = staff("B-LIMING", ["base"], [BRANCH, FAR])
        for person in (LIU, CHEN):
            card = PersonCard(person, "某人", (Role.TECHNICIAN,), (BRANCH,))
            self.views.documents["intake", f"person-{person}"] = PersonDocument(card)

    def keepers(self, store: str) -> tuple[str, str]:
        """Two keepers of a store."""
        return (self.keeper, self.second) if store == BRANCH else (self.far_keeper, self.far_second)

    def approver(self, store: str) -> str:
        return self.near if store == BRANCH else self.far

    def third(self, store: str) -> str:
        """Somebody of the store who keeps nothing."""
        return self.liu if store == BRANCH else self.far_liu


@dataclass
class Life:
    """日子: one random life; `asks` are counted by what became of them."""

    stores: Stores
    record: Clocked
    random: Random
    done: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    serials: int = 0
    tickets: int = 0

    def begin(self, seed: int) -> None:
        """Both stores have a little of everything, and nothing else has happened."""
        self.record.tables, self.record.clock = MemoryTables(), BEGIN
        self.random, self.done, self.refused = Random(seed), 0, {}
        self.serials = self.tickets = 0
        for part, how in CARDS.items():
            self.post("/v1/parts", {"id": part, "name": part, **how}, self.stores.base, late=False)
        for store in (BRANCH, FAR):
            for part in PARTS:
                self.opened(store, part, most=20)

    def opened(self, store: str, part: str, most: int = 4) -> None:
        """The book of a part is opened, with or without what its pieces cost."""
        count = self.amount(part, most)
        body: dict[str, Any] = {"quantity": count, "serials": self.fresh(part, count)}
        if self.maybe():
            body["fen"] = self.random.randint(0, 9_999)
        self.post(f"/v1/stock/{store}/{part}/openings", body, self.stores.keepers(store)[0])

    def post(self, path: str, body: Any, token: str, *, late: bool = True) -> Any:
        """What was answered; None: it was refused. Now and then it is told days after it was so."""
        self.record.clock += timedelta(minutes=self.random.randint(1, 700))
        if late and self.maybe(0.2):
            ago = LATEST * self.random.random() ** 2
            said = (self.record.clock - ago).isoformat()
            if answer := self._posted(path, body, token, X_Occurred_At=said):
                return answer
        return self._posted(path, body, token)

    def signs(self, path: str, step: str, body: Any, token: str, *, late: bool = True) -> Any:
        """A step that is signed, under what the page of the paper shows; as `post`."""
        shown = self.shown(path, token)
        if "to_sign" in shown:
            sheets = {each["step"]: each["content"] for each in shown["to_sign"]}
            body = {**body, "content": sheets.get(step, "0" * 64)}
        return self.post(f"{path}/{step}", body, token, late=late)

    def _posted(self, path: str, body: Any, token: str, **more: str) -> Any:
        answer = self.stores.desk.post(path, body, token, **more)
        assert answer.status_code < 500, answer.text
        if answer.is_success:
            self.done += 1
            return answer
        for each in answer.json()["reasons"]:
            self.refused[each["code"]] = self.refused.get(each["code"], 0) + 1
        return None

    def decided(self, command: object, home: str, ticket: str | None) -> None:
        """What a reaction owes is decided."""
        now = self.record.clock
        asked = Asked(home, "reaction:note-order", frozenset(), now, BRANCH, ticket)
        self.stores.decided(room, command, asked)

    def drawn(self, paper: str, hand: int = 0) -> dict[str, Any]:
        """A signature by hand, brought for a paper."""
        told = self.stores.desk.bring(paper, drawing(hand), self.stores.keeper)
        kept = self.stores.done(told)
        return {"name": "签字.png", **kept.json()}

    def shown(self, path: str, token: str) -> Any:
        """What a query answers."""
        return self.stores.told(path, token)

    def held(self, store: str, part: str) -> tuple[Mapping[str, int], Mapping[str, str]]:
        """The accounts of a part in a store, and where its serials are."""
        token = self.stores.approver(store)
        answer = self.stores.desk.get(f"/v1/stock/{store}/{part}", token)
        if not answer.is_success:
            return {}, {}
        told = answer.json()
        return told["accounts"], told["serials"]

    def there(self, store: str, part: str, account: str, count: int) -> tuple[str, ...]:
        """So many serials of a part in an account, if it has serials."""
        serials = self.held(store, part)[1]
        found = sorted(serial for serial, where in serials.items() if where == account)
        return tuple(self.random.sample(found, min(count, len(found)))) if part == PUMP else ()

    def fresh(self, part: str, count: int) -> tuple[str, ...]:
        """New serials of a part, if it has serials; now and then one that is known."""
        if part != PUMP:
            return ()
        if self.serials and self.random.random() < 0.1:
            first = self.random.randrange(self.serials)
            return tuple(f"P-{n}" for n in range(first, first + count))
        self.serials += count
        return tuple(f"P-{n}" for n in range(self.serials - count, self.serials))

    def amount(self, part: str, most: int = 4) -> int:
        """How many: of what is measured, an odd number of its thousandths."""
        count = self.random.randint(1, most)
        return count * 333 if part == HOSE else count

    def parts(self) -> list[str]:
        return self.random.sample(PARTS, self.random.randint(1, 2))

    def maybe(self, chance: float = 0.5) -> bool:
        return self.random.random() < chance


@contextmanager
def life(folder: Path, policies: Path) -> Iterator[Life]:
    """A desk at which one life after another is told, under these policies."""
    record, keys = Clocked(), memory_keys()
    views = MemoryViews(record, keys)
    fitted: dict[str, Any] = {
        "clock": lambda: record.clock,
        "limits": UNHURRIED,
        "policy_dir": policies,
    }
    with web_desk(room, folder, record, views=views, **fitted) as desk:
        stores = Stores(desk, views)
        yield Life(stores, record, Random(0))


def travels(life: Life) -> dict[str, str]:
    """A parcel that is sent now."""
    now = life.record.clock.isoformat()
    return {"carrier": "顺丰", "parcel_no": "SF7", "sent_at": now, "expected_at": now}


def either(life: Life) -> str:
    return life.random.choice((BRANCH, BRANCH, FAR))
