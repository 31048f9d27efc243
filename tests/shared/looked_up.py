"""What is looked up: facts with names and numbers, as the record holds them and a worker reads."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared import view
from shared.consumers.lookup import LookUpEntry, Opener, entries
from shared.decider import Asked, Decision
from shared.envelope import Stored, canonical
from shared.events import entry
from shared.events.cards import CustomerCard, CustomerRegistered
from shared.events.intake import BasicsCompleted
from shared.events.legacy import LegacyEntryImported
from shared.events.report_form import Basics
from shared.events.values import CustomerKind
from shared.handle import CommandEnvelope, Handler, handle
from shared.personal.digest import Digester
from shared.personal.keys import Keys
from shared.personal.seal import seal
from shared.record.postgres import Record
from shared.view import Recorded

ROOM = "intake"
TOLD_AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


def stored(stream: str, fact: Any, seq: int = 1, branch: str = "HZ") -> Stored:
    """The fact as the record would hold it."""
    body = {
        "id": uuid4(),
        "type": entry(fact).name,
        "schema": entry(fact).schema,
        "stream": stream,
        "version": seq,
        "ticket": None,
        "branch": branch,
        "actor": "li",
        "command": UUID(int=seq),
        "n": 0,
        "correlation": stream,
        "causation": None,
        "occurred_at": TOLD_AT,
        "policy": None,
        "traceparent": None,
        "public": None,
        "data": fact,
    }
    at = TOLD_AT + timedelta(seconds=seq)
    return Stored(0, seq, at, bytes(32), bytes(32), stream, entry(fact).name, canonical(body), None)


def told(keys: Keys, stream: str, fact: Any) -> Recorded:
    """The sealed fact, as a consumer reads it."""
    return view.recorded(ROOM, stored(stream, seal(fact, stream, keys)))


def anne(name: str = "张三 Anne", phone: str = "138-0013-8000") -> CustomerRegistered:
    where = "杭州市西湖区某路 1 号"
    card = CustomerCard("7", name, CustomerKind.PERSON, phone=phone, address=where)
    return CustomerRegistered(card)


def completed(customer: str | None, name: str | None = None) -> BasicsCompleted:
    basics = Basics(customer=customer, customer_name=name)
    return BasicsCompleted(None, None, None, basics, None, None, None, None, "")


def imported(**personal: str) -> LegacyEntryImported:
    return LegacyEntryImported("desk", 1, "1", "open", is_open=True, original={}, personal=personal)


def found_in(keys: Keys, each: Recorded) -> set[LookUpEntry]:
    return set(entries(each, Digester(keys.master), Opener(keys)))


class Says:
    """Whatever is asked becomes true."""

    initial = None

    def decide(self, command: Any, _state: Any, asked: Asked) -> Decision:
        return [(asked.home, command)]

    def evolve(self, _state: Any, _fact: Any) -> Any:
        return None


def says(record: Record, keys: Keys, stream: str, fact: Any) -> None:
    """Record the fact on a stream of a report or of a legacy ticket, whatever rules say."""
    by = Handler(record, {"report": Says(), "legacy": Says()}, keys)
    at = datetime.now(UTC)
    handle(by, CommandEnvelope(uuid4(), fact, Asked(stream, "li", frozenset(), at, "HZ")))
