"""查找: a stream is found by a number or a name, until its subject is erased."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from sqlalchemy import Engine

from services.intake.app import room as intake
from services.intake.registers import Register
from services.intake.report.basics import CompleteBasics
from services.intake.report.reporting import RegisterReport
from shared.config import Settings
from shared.consumers import cursors, dead_letters, lookup
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.dead_letters import DeadLetter
from shared.consumers.lookup import LookUpEntry, links
from shared.consumers.lookup_consumer import LookUp
from shared.decider import Asked, Refused
from shared.envelope import Stored
from shared.events import _book
from shared.events.cards import (
    BranchCard,
    BranchRegistered,
    CustomerCard,
    MachineCard,
    MachineRegistered,
    PersonCard,
)
from shared.events.legacy import LegacyTicketContinued
from shared.events.meaning import LookedUp, LookUpKind
from shared.events.report_form import Basics, BasicsField
from shared.events.values import Channel, CustomerKind, ReportKind, Role, WayIn
from shared.handle import CommandEnvelope, Handler, handle
from shared.personal.digest import Digester
from shared.personal.key_database import PostgresKeyStore
from shared.personal.key_store import KeysUnavailable
from shared.personal.keys import Keys, KeyState, open_keys
from shared.personal.seal import seal
from shared.record import branch_wall
from shared.record.database import Connections, engine
from shared.record.postgres import Record
from shared.record.transaction import each_committed, transaction
from shared.topics import journal_topic
from shared.views.projection import Projection
from shared.worker.retry import dead_letter_queue
from tests.memory_keys import memory_keys
from tests.shared.looked_up import (
    ROOM,
    TOLD_AT,
    anne,
    completed,
    found_in,
    imported,
    says,
    stored,
    told,
)
from tests.shared.recording import as_owner, open_gate
from tests.working import all_healed


@pytest.fixture
def keys() -> Keys:
    return memory_keys()


def test_numbers_and_names_are_looked_up_and_addresses_are_not(keys: Keys) -> None:
    digester = Digester(keys.master)
    (name,) = digester.digests(LookUpKind.NAME, "张三anne")
    (phone,) = digester.digests(LookUpKind.PHONE, "+86 13800138000")
    assert found_in(keys, told(keys, "customer-7", anne())) == {
        LookUpEntry(LookUpKind.NAME, name, "customer-7", "customer-7"),
        LookUpEntry(LookUpKind.PHONE, phone, "customer-7", "customer-7"),
    }


def test_a_fact_without_personal_text_adds_nothing(keys: Keys) -> None:
    branch = told(keys, "branch-HZ", BranchRegistered(BranchCard("HZ", "杭州", phone="0571-1")))
    assert found_in(keys, branch) == set()
    assert list(links(branch)) == []


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("contact_phone", LookUpKind.PHONE),
        ("phone", LookUpKind.PHONE),
        ("Phone", LookUpKind.PHONE),
        ("CustomerName", LookUpKind.NAME),
        ("customer phone", LookUpKind.PHONE),
        ("联系电话", LookUpKind.PHONE),
        ("手机号", LookUpKind.PHONE),
        ("customer_name", LookUpKind.NAME),
        ("user", LookUpKind.NAME),
        ("客户姓名", LookUpKind.NAME),
        ("address", None),
        ("by", None),
        ("microphone", None),
        ("surnames", None),
    ],
)
def test_the_last_word_of_a_heading_says_how_it_is_looked_up(
    heading: str, kind: LookUpKind | None
) -> None:
    assert LookedUp(None).kind_of(heading) is kind
    assert LookedUp(LookUpKind.NAME).kind_of(heading) is LookUpKind.NAME


def test_columns_of_a_legacy_desk_are_looked_up_by_their_names(keys: Keys) -> None:
    each = told(keys, "legacy-desk-1", imported(user="Frederic", 电话="0571-88888888", notes="x"))
    assert {e.kind for e in found_in(keys, each)} == {LookUpKind.NAME, LookUpKind.PHONE}


def test_what_does_not_open_is_left_out(keys: Keys, caplog: pytest.LogCaptureFixture) -> None:
    each = told(keys, "customer-7", anne())
    assert found_in(memory_keys(keys.master.now()), each) == set()
    keys.destroy("customer-7")
    assert found_in(keys, each) == set()
    assert "张三" not in caplog.text


def test_a_fact_that_names_the_customer_says_whose_the_stream_is(keys: Keys) -> None:
    machine = MachineRegistered(MachineCard("M1", "X", customer="7", place="西湖边"))
    stories: list[tuple[str, Any, list[tuple[str, str]]]] = [
        ("report-1", completed("7"), [("report-1", "customer-7")]),
        ("report-1", completed(None), []),
        ("machine-M1", machine, [("machine-M1", "customer-7")]),
        ("customer-7", anne(), []),
        (
            "legacy-desk-1",
            LegacyTicketContinued("BX-HZ-20260301-0001", "report-BX-HZ-20260301-0001"),
            [("legacy-desk-1", "report-BX-HZ-20260301-0001")],
        ),
    ]
    for stream, fact, said in stories:
        assert list(links(told(keys, stream, fact))) == said


@dataclass
class Desk:
    """A room's database with its look-up, and facts that come from its journal."""

    settings: Settings
    worker: Engine
    keys: Keys
    consumer: LookUp
    numbers: Iterator[int]

    def takes(self, *facts: tuple[str, Any]) -> list[ConsumerRecord]:
        records = [self.record(stream, fact) for stream, fact in facts]
        self.consumer.take(records)
        return records

    def record(self, stream: str, fact: Any, branch: str = "HZ") -> ConsumerRecord:
        """A fact of the room's record as it comes from the journal."""
        made = self.forged(stream, fact, next(self.numbers), branch)
        names = [field.name for field in fields(Stored)]
        values = [getattr(made.stored, name) for name in names]
        further = {"version": made.seq, "n": 0, "command_id": str(uuid4()), "fact_id": str(uuid4())}
        into = ", ".join([*names, *further])
        marks = ", ".join(["%s"] * (len(names) + len(further)))
        order = f"INSERT INTO record.facts ({into}) VALUES ({marks})"  # noqa: S608
        as_owner(self.settings, order, *values, *further.values())
        return made

    def forged(self, stream: str, fact: Any, seq: int, branch: str = "HZ") -> ConsumerRecord:
        """A record that nobody has recorded."""
        sealed = seal(fact, stream, self.keys)
        source = cursors.Source(journal_topic(ROOM), 0, ROOM)
        made = stored(stream, sealed, seq, branch)
        whole = replace(made, hash=sha256(made.body).digest())
        return ConsumerRecord(source, seq - 1, seq - 1, whole)

    def finds(self, kind: LookUpKind, text: str, *branches: str, limit: int = 9) -> list[str]:
        return self.finds_all({kind: text}, *branches, limit=limit)

    def finds_all(
        self,
        texts: dict[LookUpKind, str],
        *branches: str,
        limit: int = 9,
        prefix: str | None = None,
    ) -> list[str]:
        digester = Digester(self.keys.master)
        sought = [(kind, digester.digests(kind, text)) for kind, text in texts.items()]
        connections = Connections(self.settings.runtime_url, 1)
        with each_committed(connections) as db:
            shown = branch_wall.shown(db.connection, branches or None)
            whose = branches or None
            found = list(lookup.find(shown, sought, whose, limit=limit, prefix=prefix))
        connections.close()
        return found

    def at(self) -> int:
        with transaction(self.worker) as db:
            found = cursors.read(db, lookup.CONSUMER)
        return max((each.seq for each in found.values()), default=0)

    def parked(self) -> list[DeadLetter]:
        with transaction(self.worker) as db:
            return dead_letters.listed(db, lookup.CONSUMER)

    def forgets(self, subjects: Iterable[str]) -> None:
        with transaction(self.worker) as db:
            lookup.forget(db, list(subjects))


@pytest.fixture
def desk(make_database: Callable[[str], Settings]) -> Iterator[Desk]:
    settings = make_database(ROOM)
    worker = engine(settings.worker_url, pool=2)
    keys = open_keys(settings.keys_worker_url, settings.master_key_file)
    yield Desk(settings, worker, keys, LookUp(worker, ROOM, keys), count(1))
    worker.dispose()


def test_a_stream_is_found_by_what_is_and_what_was_said_on_it(desk: Desk) -> None:
    changed = anne(phone="0571-88888888")
    desk.takes(("customer-7", anne()), ("customer-7", changed), ("report-1", completed(None, "𠮷")))
    assert desk.finds(LookUpKind.PHONE, "+86 138 0013 8000") == ["customer-7"]
    assert desk.finds(LookUpKind.PHONE, "(0571) 88888888") == ["customer-7"]
    assert desk.finds(LookUpKind.NAME, "张三ANNE") == ["customer-7"]
    assert desk.finds(LookUpKind.NAME, "𠮷") == ["report-1"]
    assert desk.finds(LookUpKind.NAME, "吉") == desk.finds(LookUpKind.PHONE, "") == []
    assert desk.at() == 3


def test_what_is_of_another_branch_or_half_of_it_does_not_count(desk: Desk) -> None:
    for n in range(5):
        desk.consumer.take([desk.record(f"customer-{n}", anne(), "SH")])
    desk.consumer.take([desk.record("customer-7", anne(), "SH"), desk.record("customer-7", anne())])
    desk.consumer.take([desk.record("customer-9", anne("李四"))])
    phone, name = (LookUpKind.PHONE, "+86 138 0013 8000"), (LookUpKind.NAME, "李四")
    assert desk.finds(*phone, "HZ", limit=2) == ["customer-7", "customer-9"]
    assert desk.finds(*phone, "SH", limit=9) == [f"customer-{n}" for n in range(5)]
    assert desk.finds_all(dict([phone, name]), limit=1) == ["customer-9"]
    assert desk.finds_all(dict([phone, name]), "SH", limit=1) == []


def test_of_one_kind_of_paper_the_newest_come_first(desk: Desk) -> None:
    for n in range(3):
        desk.takes((f"customer-{n}", anne()), (f"report-{n}", completed(None, "𠮷")))
    name = {LookUpKind.NAME: "𠮷"}
    assert desk.finds_all(name, prefix="report", limit=2) == ["report-2", "report-1"]
    assert desk.finds_all({LookUpKind.NAME: "张三anne"}, prefix="report") == []
    assert desk.finds_all(name, "HZ", prefix="report", limit=1) == ["report-2"]


def test_copies_add_nothing_and_a_hole_is_waited_for(desk: Desk) -> None:
    first = desk.takes(("customer-7", anne()))
    taken = desk.consumer.take(first)[lookup.CONSUMER]
    assert (taken.applied, len(taken.copies)) == (0, 1)
    missing = desk.record("customer-8", anne("李四"))
    behind = desk.record("customer-9", anne("李四"))
    assert desk.consumer.take([behind])[lookup.CONSUMER].gaps
    assert desk.at() == 1
    desk.consumer.take([missing, behind])
    assert desk.finds(LookUpKind.NAME, "李四") == ["customer-8", "customer-9"]
    assert desk.at() == 3


def test_whoever_is_erased_is_found_no_more(desk: Desk) -> None:
    desk.takes(("report-1", completed("7", "张三")), ("customer-7", anne("张三")))
    desk.takes(("customer-8", anne("张三")))
    assert desk.finds(LookUpKind.NAME, "张三") == ["customer-7", "customer-8", "report-1"]
    erased = desk.keys.destroy("customer-7")
    assert erased == ["customer-7", "report-1"]
    desk.forgets(erased)
    assert desk.finds(LookUpKind.NAME, "张三") == ["customer-8"]


def test_whoever_is_known_to_be_erased_only_later_is_found_no_more_from_then_on(desk: Desk) -> None:
    """The fact that says whose the report is came to the look-up after the customer's erasure."""
    desk.takes(("customer-7", anne("张三")), ("report-1", completed(None, "李四")))
    desk.forgets(desk.keys.destroy("customer-7"))
    assert desk.finds(LookUpKind.NAME, "李四") == ["report-1"]
    desk.takes(("report-1", completed("7", "李四")))
    assert desk.finds(LookUpKind.NAME, "李四") == []
    assert desk.keys.state("report-1") is KeyState.DESTROYED


def test_what_another_room_links_later_is_found_no_more_here_either(desk: Desk) -> None:
    desk.takes(("customer-7", anne("张三")), ("order-1", completed(None, "李四")))
    desk.forgets(desk.keys.destroy("customer-7"))
    assert "order-1" in desk.keys.link([("order-1", "customer-7")])
    assert desk.finds(LookUpKind.NAME, "李四") == ["order-1"]
    desk.consumer.catch_up(1)
    assert desk.finds(LookUpKind.NAME, "李四") == []


def test_a_link_that_only_the_key_store_has_takes_nobody_out(desk: Desk) -> None:
    """The link was judged when the customer was erased; a later true one does not revive it."""
    desk.takes(("customer-7", anne("张三")), ("customer-8", anne("李四")))
    false = ("customer-8", "customer-7")
    desk.keys.link([false])
    assert desk.keys.destroy("customer-7", [false]) == ["customer-7"]
    desk.takes(("report-1", completed("7")))
    desk.consumer.catch_up(1)
    assert desk.keys.state("customer-8") is KeyState.LIVE
    assert desk.keys.state("report-1") is KeyState.DESTROYED
    assert desk.finds(LookUpKind.NAME, "李四") == ["customer-8"]


def test_the_planner_keeps_no_digests(desk: Desk) -> None:
    desk.takes(*((f"customer-{n}", anne(f"人{n}")) for n in range(20)))
    as_owner(desk.settings, "ANALYZE lookup.entries")
    as_owner(desk.settings, "ANALYZE lookup.matters")
    with transaction(desk.worker) as db:
        told = db.query("SELECT attname FROM pg_stats WHERE schemaname = 'lookup'")
    assert {name for (name,) in told}.isdisjoint({"digest", "word"})


def test_what_was_opened_before_an_erasure_is_not_written_after_it(desk: Desk) -> None:
    late = desk.record("customer-7", anne("张三"))
    elsewhere = open_keys(desk.settings.keys_worker_url, desk.settings.master_key_file)
    desk.forgets(elsewhere.destroy("customer-7"))
    # This consumer still has the key in its cache.
    assert desk.keys.find(["customer-7"])["customer-7"].state is KeyState.LIVE
    desk.consumer.take([late])
    assert desk.finds(LookUpKind.NAME, "张三") == []
    assert desk.at() == 1


def test_the_table_is_emptied_and_refilled(desk: Desk) -> None:
    records = desk.takes(("customer-7", anne("张三")), ("customer-8", anne("张三")))
    desk.forgets(desk.keys.destroy("customer-7"))
    with transaction(desk.worker) as db:
        lookup.refill(db)
    assert desk.finds(LookUpKind.NAME, "张三") == []
    assert desk.at() == 0
    desk.consumer.take(records)
    assert desk.finds(LookUpKind.NAME, "张三") == ["customer-8"]


def test_without_the_key_store_it_waits_and_catches_up_from_the_record(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = LookUp(
        desk.worker, ROOM, open_keys(desk.settings.keys_worker_url, desk.settings.master_key_file)
    )
    first = desk.record("customer-7", anne())
    second = desk.record("branch-HZ", BranchRegistered(BranchCard("HZ", "杭州")))
    with monkeypatch.context() as away:
        for name in ("check", "load", "link"):
            away.setattr(PostgresKeyStore, name, gone)
        assert consumer.take([first]) == consumer.take([second]) == {}
        assert consumer.waits() == [
            "the look-up waits for the key store on 1 partitions; see docs/runbooks/lag.md"
        ]
        consumer.catch_up(1)
        assert (desk.at(), desk.finds(LookUpKind.PHONE, "13800138000")) == (0, [])
    for _ in range(3):
        consumer.catch_up(1)
    assert (desk.at(), consumer.waits()) == (2, [])
    assert desk.finds(LookUpKind.PHONE, "13800138000") == ["customer-7"]
    assert consumer.take([first, second])[lookup.CONSUMER].applied == 0


def gone(*_: Any) -> Any:
    raise KeysUnavailable("away")


def test_a_forged_record_links_nobody_and_destroys_no_key(desk: Desk) -> None:
    desk.takes(("customer-7", anne()), ("customer-8", anne("李四")))
    desk.forgets(desk.keys.destroy("customer-7"))
    journal = Projection(desk.worker, ROOM, [], desk.consumer)
    for seq in (5_000, 3):
        false = desk.forged("customer-8", completed("7"), seq)
        for taker in (desk.consumer, journal):
            assert taker.take([false])[lookup.CONSUMER].applied == 0
    assert desk.at() == 2
    assert desk.keys.state("customer-8") is KeyState.LIVE


def test_a_link_forged_before_an_erasure_reaches_nobody_else(desk: Desk) -> None:
    desk.takes(("customer-7", anne()), ("customer-8", anne("李四")))
    false = [desk.forged("customer-8", completed("7"), seq) for seq in (1, 3, 4, 5_000)]
    Projection(desk.worker, ROOM, [], desk.consumer).take(false)
    assert desk.keys.destroy("customer-7") == ["customer-7"]
    assert desk.keys.state("customer-8") is KeyState.LIVE


def test_the_true_fact_is_taken_where_a_forged_one_came_first(desk: Desk) -> None:
    desk.takes(("customer-7", anne("张三")))
    false = desk.forged("customer-8", completed("7"), 2)
    true = desk.record("customer-9", anne("李四"))
    taken = desk.consumer.take([false, true])[lookup.CONSUMER]
    assert (taken.applied, taken.refused) == (1, [false])
    assert desk.finds(LookUpKind.NAME, "李四") == ["customer-9"]
    assert desk.keys.destroy("customer-7") == ["customer-7"]


def test_a_fact_that_cannot_be_read_holds_nobody_up_and_is_parked(desk: Desk) -> None:
    known = desk.record("customer-7", anne("张三"))
    strange = desk.record("customer-8", anne("李四"))
    body = strange.stored.body.replace(b"CustomerRegistered", b"CustomerBewitched")
    other = Stored(
        0, 2, TOLD_AT, bytes(32), bytes(32), "customer-8", "CustomerBewitched", body, None
    )
    records = [known, ConsumerRecord(strange.source, 1, 1, replace(other, hash=strange.hash))]
    taken = desk.consumer.take(records)[lookup.CONSUMER]
    assert (taken.applied, taken.unknown, taken.parked) == (2, 1, 1)
    assert desk.finds(LookUpKind.NAME, "张三") == ["customer-7"]
    (line,) = desk.parked()
    assert (line.kind, line.stream, line.seq) == ("stream", "customer-8", 2)


@dataclass
class Kept:
    """A room with a record: what is said stands there, and its look-up takes it from there."""

    desk: Desk
    record: Record

    def says(self, stream: str, fact: Any) -> None:
        says(self.record, self.desk.keys, stream, fact)

    def takes_all(self) -> None:
        for partition in range(self.record.partitions):
            facts = self.record.facts(partition, 0, 100)
            source = cursors.Source(journal_topic(ROOM), partition, ROOM)
            self.desk.consumer.take([ConsumerRecord(source, 0, s.seq - 1, s) for s in facts])


@pytest.fixture
def room(desk: Desk) -> Iterator[Kept]:
    open_gate(desk.settings)
    record = Record(desk.settings.runtime_url, ROOM, desk.settings.partitions)
    yield Kept(desk, record)
    record.close()


def older(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """This program is an older one, to which the fact's schema lies in the future."""
    known = _book[name]
    monkeypatch.setitem(_book, name, replace(known, schema=0))


def test_after_an_upgrade_a_retry_finds_whose_the_stream_is(
    room: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        room.says("report-1", completed("7", "张三"))
        older("BasicsCompleted", before)
        room.takes_all()
        (line,) = room.desk.parked()
        assert (line.stream, line.reason.partition(":")[0]) == ("report-1", "FutureSchema")
        with dead_letter_queue(intake, room.desk.settings) as healing:
            assert not healing.retry(line.id).healed
    with dead_letter_queue(intake, room.desk.settings) as healing:
        assert all_healed(healing)
    assert room.desk.parked() == []
    assert room.desk.finds(LookUpKind.NAME, "张三") == ["report-1"]
    assert room.desk.keys.destroy("customer-7") == ["customer-7", "report-1"]


def test_nobody_destroys_the_texts_of_a_report_by_naming_an_erased_customer(room: Kept) -> None:
    by, keys = Handler(room.record, intake.papers, room.desk.keys), room.desk.keys

    def asks(home: str, command: object) -> None:
        asked = Asked(home, "li", frozenset({Role.CLERK}), datetime.now(UTC), "HZ")
        handle(by, CommandEnvelope(uuid4(), command, asked))

    asks("branch-HZ", Register(BranchCard("HZ", "杭州")))
    asks("person-li", Register(PersonCard("li", "李", (Role.CLERK,), ("HZ",))))
    asks("customer-7", Register(CustomerCard("7", "张三", CustomerKind.PERSON)))
    nobody = Basics(asked_unknown=tuple(BasicsField))
    kind, channel = ReportKind.REPAIR, Channel.PHONE
    told = RegisterReport(kind, channel, WayIn.A, "王五", "13800138000", "漏水", basics=nobody)
    asks("report-1", told)
    keys.destroy("customer-7")
    with pytest.raises(Refused) as no:
        asks("report-1", CompleteBasics(basics=replace(nobody, customer="7")))
    assert no.value.codes == ["customer-erased"]
    room.takes_all()
    assert keys.state("report-1") is KeyState.LIVE


def test_giving_one_fact_up_leaves_the_next_on_the_list(
    room: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    continued = LegacyTicketContinued("BX-HZ-20260301-0001", "report-BX-HZ-20260301-0001")
    for fact in (imported(user="王五"), continued, imported(user="赵六")):
        room.says("legacy-desk-1", fact)
    older("LegacyEntryImported", monkeypatch)
    room.takes_all()
    with dead_letter_queue(intake, room.desk.settings) as healing:
        (first,) = room.desk.parked()
        healing.discard(first.id)
        (second,) = room.desk.parked()
        assert (first.seq, second.seq) == (1, 3)
        healing.discard(second.id)
        assert room.desk.parked() == []
        assert len(healing.listed(discarded=True)) == 2
    room.takes_all()
    assert room.desk.parked() == []


def test_whoever_is_erased_is_met_by_nobody(room: Kept) -> None:
    """What they begin is not noted again, either."""
    words = [b"7" * 32, b"8" * 32]

    def begins(stream: str, subject: str) -> object:
        with room.record.transaction() as transaction:
            return transaction.meet(words, stream, subject)

    assert begins("report-7", "customer-7") == {}
    assert begins("report-8", "customer-8") == {word: ["report-7"] for word in words}
    room.desk.forgets(["customer-7"])
    begins("report-9", "customer-7")
    assert begins("report-10", "customer-8") == {word: ["report-8"] for word in words}


def test_what_was_begun_an_hour_ago_is_met_by_nobody_and_leaves(room: Kept) -> None:
    words = [b"7" * 32]
    for stream in ("report-1", "report-2"):
        with room.record.transaction() as transaction:
            assert transaction.meet(words, stream, stream) == {}
        as_owner(
            room.desk.settings, "UPDATE lookup.matters SET written_at = now() - '61 min'::interval"
        )
    assert as_owner(room.desk.settings, "SELECT stream FROM lookup.matters") == [("report-2",)]


def test_of_many_on_one_matter_the_newest_are_met(room: Kept) -> None:
    for n in range(25):
        with room.record.transaction() as transaction:
            met = transaction.meet([b"7" * 32], f"report-{n}", "customer-7")
            newest = [f"report-{each}" for each in reversed(range(max(0, n - 20), n))]
            assert met == ({b"7" * 32: newest} if newest else {})


def test_the_web_reads_the_table_and_writes_nothing_into_it(desk: Desk) -> None:
    desk.takes(("customer-7", anne()))
    for statement in (
        "DELETE FROM lookup.entries",
        "DELETE FROM lookup.matters",
        "TABLE lookup.matters",
        "INSERT INTO lookup.forgotten (subject) VALUES ('customer-7')",
    ):
        web = psycopg2.connect(desk.settings.runtime_url.replace("+psycopg2", ""))
        with pytest.raises(psycopg2.errors.lookup("42501")), web.cursor() as asked:
            asked.execute(statement)
        web.close()
    with transaction(desk.worker) as db, pytest.raises(psycopg2.errors.lookup("42501")):
        db.execute("DELETE FROM lookup.forgotten")
