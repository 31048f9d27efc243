"""记录: what a record promises, tested on PostgreSQL and in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from shared import envelope
from shared.record.store import (
    LARGEST_FACT,
    Append,
    ClaimedTooLate,
    CommandKnown,
    CommandRow,
    Conflict,
    GateClosed,
    KeyReused,
    NewFact,
    Position,
    Store,
    TooLargeToRecord,
)
from tests.shared.conftest import Kept
from tests.shared.recording import Seen, append, assert_whole, fact, page, together

MAC, OTHER_MAC = b"m" * 32, b"o" * 32
DAY, NEXT_DAY = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
def store(kept: Kept) -> Store:
    return kept.store


def test_a_fact_is_kept_byte_for_byte(store: Store) -> None:
    new = fact("report-1", ticket="BX-1", milestone=True, said='𠮷野家 🛠 \\ "quoted" \n café')
    assert store.append(append(new)) == [Position(3, 1)]
    (stored,) = store.facts(3, 0, 10)
    assert (stored.body, stored.public) == (new.body, new.public)
    assert (stored.partition, stored.seq, stored.stream) == (3, 1, "report-1")
    assert stored.type == new.type
    assert stored.previous_hash == envelope.ZERO_HASH
    envelope.verify(stored)


def test_a_stream_is_a_chain(store: Store) -> None:
    for version in (1, 2, 3):
        store.append(append(fact("report-1", version)))
    first, second, third = store.facts(3, 0, 10)
    assert second.previous_hash == first.hash
    assert third.previous_hash == second.hash
    assert third.hash == envelope.fact_hash(second.hash, 3, 3, third.recorded_at, third.body)


def test_each_partition_is_dense_and_begins_at_one(store: Store) -> None:
    for name, partition in (("a", 0), ("b", 5), ("c", 0), ("d", 0), ("e", 5)):
        store.append(append(fact(f"report-{name}", partition=partition)))
    assert [seen.seq for seen in page(store, 0)] == [1, 2, 3]
    assert [seen.seq for seen in page(store, 5)] == [1, 2]
    assert page(store, 1) == []


def test_a_stream_keeps_the_partition_of_its_first_fact(store: Store) -> None:
    store.append(append(fact("report-1", 1, partition=3)))
    assert store.append(append(fact("report-1", 2, partition=5))) == [Position(3, 2)]
    assert store.append(together(("report-1", 3, 4), ("report-2", 1, 4))) == [
        Position(3, 3),
        Position(4, 1),
    ]
    assert store.read(["report-1"]).streams["report-1"].partition == 3


def test_one_append_writes_on_several_streams_and_partitions(store: Store) -> None:
    store.append(append(fact("b", 1, partition=5)))
    positions = store.append(
        together(("b", 2, 5), ("a", 1, 2), ("b", 3, 5), ("c", 1, 5), ("a", 2, 2))
    )
    assert positions == [Position(2, 2), Position(5, 4)]
    assert page(store, 5) == [Seen(1, "b", 1), Seen(2, "b", 2), Seen(3, "b", 3), Seen(4, "c", 1)]
    assert page(store, 2) == [Seen(1, "a", 1), Seen(2, "a", 2)]
    written = [*store.facts(5, 1, 9), *store.facts(2, 0, 9)]
    assert len({stored.recorded_at for stored in written}) == 1
    assert assert_whole(store) == 6


def test_a_record_never_goes_back_in_time(store: Store) -> None:
    before = store.now()
    for version in range(1, 30):
        store.append(append(fact("report-1", version, partition=version % 2)))
    moments = [stored.recorded_at for stored in store.facts(1, 0, 99)]
    assert moments == sorted(moments)
    assert before <= moments[0] <= moments[-1] <= store.now()


@pytest.mark.parametrize(
    ("there", "seen"), [(1, 0), (2, 1), (1, 2), (0, 1)], ids=["new", "stale", "ahead", "absent"]
)
def test_who_saw_another_version_is_told(store: Store, there: int, seen: int) -> None:
    for version in range(1, there + 1):
        store.append(append(fact("report-1", version)))
    for late in (
        append(fact("report-1", seen + 1)),
        together(("report-1", seen + 1, 3), ("report-2", 1, 3)),
        append(fact("report-2"), reads={"report-1": seen}),
    ):
        with pytest.raises(Conflict):
            store.append(late)
    assert [s.version for s in page(store, 3)] == list(range(1, there + 1))
    assert store.read(["report-2"]).streams["report-2"].version == 0


def test_what_was_only_read_must_still_be_so(store: Store) -> None:
    store.append(append(fact("branch-HZ01")))
    store.append(append(fact("report-1"), reads={"branch-HZ01": 1, "person-wang": 0}))
    store.append(append(fact("person-wang")))
    with pytest.raises(Conflict):
        store.append(append(fact("report-1", 2), reads={"person-wang": 0}))
    store.append(append(fact("branch-HZ01", 2)))
    with pytest.raises(Conflict):
        store.append(append(fact("report-1", 2), reads={"branch-HZ01": 1}))
    store.append(append(fact("report-1", 2), reads={"branch-HZ01": 2, "person-wang": 1}))


def test_looking_at_a_stream_that_is_not_there_does_not_make_it(store: Store) -> None:
    store.append(append(fact("report-1"), reads={"report-2": 0}))
    seen = store.read(["report-2"]).streams["report-2"]
    assert (seen.version, seen.partition, seen.facts) == (0, None, ())
    store.append(append(fact("report-2", partition=4)))
    assert store.read(["report-2"]).streams["report-2"].partition == 4


def test_a_command_is_written_once(store: Store) -> None:
    first = append(fact("report-1"))
    store.append(first)
    with pytest.raises(CommandKnown):
        store.append(append(fact("report-2", command=first.command_ids[0])))
    other = fact("report-4")
    known = fact("report-3", command=first.command_ids[0])
    with pytest.raises(CommandKnown):
        store.append(append(other, known))
    assert [s.stream for s in page(store, 3)] == ["report-1"]


def test_a_command_finds_what_it_made_true(store: Store) -> None:
    several = together(("b", 1, 2), ("a", 1, 5), ("b", 2, 2))
    lone, unknown = append(fact("c"), mac=MAC), uuid4()
    store.append(several)
    store.append(lone)
    ids = [several.command_ids[0], lone.command_ids[0], unknown]
    found = store.read(["a", "none"], ids)
    assert [stored.body for stored in found.known[ids[0]]] == [new.body for new in several.facts]
    assert [stored.stream for stored in found.known[ids[1]]] == ["c"]
    assert found.commands == {ids[1]: CommandRow(ids[1], MAC)}
    assert unknown not in found.known
    assert [s.body for s in found.streams["a"].facts] == [several.facts[1].body]
    assert found.streams["none"].version == 0


def test_a_command_that_made_nothing_true_is_remembered(store: Store) -> None:
    store.append(append(fact("report-1")))
    command = uuid4()
    nothing = Append((), {"report-1": 1}, (command,), (CommandRow(command, MAC),))
    assert store.append(nothing) == []
    assert store.read((), (command,)).commands[command].body_mac == MAC
    with pytest.raises(CommandKnown):
        store.append(nothing)


@pytest.mark.parametrize("streams", [1, 2])
def test_a_key_used_with_another_body_is_refused(store: Store, streams: int) -> None:
    def again(mac: bytes, command: NewFact) -> Append:
        reads = {"branch-HZ01": 0} if streams == 2 else {}
        return append(fact("report-2", command=command.command_id), mac=mac, reads=reads)

    first = fact("report-1")
    store.append(append(first, mac=MAC))
    with pytest.raises(KeyReused):
        store.append(again(OTHER_MAC, first))
    with pytest.raises(CommandKnown):
        store.append(again(MAC, first))


def test_a_refused_append_is_not_remembered(store: Store) -> None:
    new = fact("report-1", 2)
    with pytest.raises(Conflict):
        store.append(append(new, mac=MAC))
    assert store.read((), (new.command_id,)).commands == {}
    store.append(append(fact("report-1", 1, command=new.command_id), mac=MAC))


@pytest.mark.parametrize("reads", [{}, {"branch-HZ01": 0}])
def test_nothing_happened_more_than_five_minutes_from_now(
    store: Store, reads: dict[str, int]
) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=4)
    late = datetime.now(UTC) + timedelta(minutes=6)
    store.append(append(fact("report-1", at=soon), reads=reads))
    with pytest.raises(ClaimedTooLate):
        store.append(append(fact("report-1", 2, at=soon), fact("report-1", 3, at=late)))
    with pytest.raises(ClaimedTooLate):
        store.append(append(fact("report-1", 2, at=late), reads=reads))
    assert len(page(store, 3)) == 1


def of_size(version: int, size: int) -> NewFact:
    """A fact that has, with its public document, so many bytes."""
    new = fact("report-1", version, milestone=True)
    more = size - len(new.body) - len(new.public or b"")
    return replace(
        new, body=new.body.replace("听到异响".encode(), "听到异响".encode() + b"x" * more)
    )


@pytest.mark.parametrize("reads", [{}, {"branch-HZ01": 0}])
def test_no_fact_is_too_large_to_be_sent(store: Store, reads: dict[str, int]) -> None:
    store.append(append(of_size(1, LARGEST_FACT), reads=reads))
    with pytest.raises(TooLargeToRecord):
        store.append(append(of_size(2, LARGEST_FACT + 1), reads=reads))
    with pytest.raises(TooLargeToRecord):
        store.append(append(fact("report-1", 2), of_size(3, LARGEST_FACT + 1)))
    assert [seen.seq for seen in page(store, 3)] == [1]
    store.append(append(fact("report-1", 2), of_size(3, LARGEST_FACT), reads=reads))


@pytest.mark.parametrize("reads", [{}, {"branch-HZ01": 0}])
def test_behind_a_closed_gate_nothing_is_written(kept: Kept, reads: dict[str, int]) -> None:
    kept.store.append(append(fact("report-1")))
    kept.close_gate()
    with pytest.raises(GateClosed):
        kept.store.append(append(fact("report-1", 2), reads=reads))
    with pytest.raises(GateClosed):
        kept.store.append(Append((), {"report-1": 1}, (), ()))
    assert len(page(kept.store, 3)) == 1


def test_numbers_count_by_branch_and_day(store: Store) -> None:
    def take(branch: str, day: date) -> int:
        with store.transaction() as transaction:
            return transaction.take_number(uuid4(), branch, day)

    assert [take("HZ01", DAY) for _ in range(3)] == [1, 2, 3]
    assert take("NB01", DAY) == 1
    assert take("HZ01", NEXT_DAY) == 1
    assert take("HZ01", DAY) == 4


def test_a_number_returns_with_its_transaction(store: Store) -> None:
    def number_for_nothing() -> None:
        with store.transaction() as transaction:
            assert transaction.take_number(uuid4(), "HZ01", DAY) == 1
            transaction.append(append(fact("report-1", 2)))

    with pytest.raises(Conflict):
        number_for_nothing()
    command = uuid4()
    with store.transaction() as transaction:
        number = transaction.take_number(command, "HZ01", DAY)
        ticket = f"BX-HZ01-{DAY:%Y%m%d}-{number:04}"
        transaction.append(append(fact("report-1", command=command, ticket=ticket)))
    assert [s.stream for s in store.ticket_facts("BX-HZ01-20261123-0001", None)] == ["report-1"]
    with pytest.raises(CommandKnown), store.transaction() as transaction:
        transaction.take_number(command, "HZ01", DAY)


def test_a_number_returns_and_the_transaction_goes_on(store: Store) -> None:
    known = uuid4()
    with store.transaction() as transaction:
        assert transaction.take_number(known, "HZ01", DAY) == 1
        assert transaction.take_number(uuid4(), "HZ01", DAY) == 2
        transaction.return_number()
        assert transaction.take_number(uuid4(), "HZ01", DAY) == 2
        transaction.return_number()
        transaction.append(append(fact("report-1", command=known)))
    with store.transaction() as transaction:
        with pytest.raises(CommandKnown):
            transaction.take_number(known, "HZ01", DAY)
        assert len(transaction.read((), (known,)).known[known]) == 1
        assert transaction.take_number(uuid4(), "HZ01", DAY) == 2


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    class MindChanged(Exception):
        pass

    def almost() -> None:
        with store.transaction() as transaction:
            transaction.append(append(fact("report-1"), mac=MAC))
            raise MindChanged

    with pytest.raises(MindChanged):
        almost()
    assert page(store, 3) == []
    assert store.append(append(fact("report-2"))) == [Position(3, 1)]


def test_a_transaction_sees_what_it_wrote_and_others_do_not(store: Store) -> None:
    new = fact("report-1")
    with store.transaction() as transaction:
        transaction.append(append(new, mac=MAC))
        own = transaction.read(["report-1"], [new.command_id])
        assert own.streams["report-1"].version == 1
        assert own.known[new.command_id]
        assert own.commands
        others = store.read(["report-1"], [new.command_id])
        assert others.streams["report-1"].version == 0
        assert not others.known
        assert not others.commands
        assert page(store, 3) == []
    assert page(store, 3) == [Seen(1, "report-1", 1)]


def test_a_transaction_appends_once(store: Store) -> None:
    def twice() -> None:
        with store.transaction() as transaction:
            transaction.append(append(fact("report-1")))
            transaction.append(append(fact("report-2")))

    with pytest.raises(ValueError, match="one append"):
        twice()
    assert page(store, 3) == []


def test_a_transaction_may_only_look(store: Store) -> None:
    with store.transaction() as transaction:
        assert transaction.read(["report-1"]).streams["report-1"].version == 0


def _gap() -> Append:
    first = fact("report-1", 1)
    return append(first, fact("report-1", 3, command=first.command_id, n=1))


def _unread() -> Append:
    new = fact("report-1")
    return Append([new], {}, [new.command_id])


def _unnamed() -> Append:
    return Append([fact("report-1")], {"report-1": 0}, [])


def _n_from_one() -> Append:
    return append(fact("report-1", n=1))


@pytest.mark.parametrize("make", [_gap, _unread, _unnamed, _n_from_one])
def test_an_append_that_contradicts_itself_is_a_fault(
    store: Store, make: Callable[[], Append]
) -> None:
    with pytest.raises(ValueError, match=r"report|command"):
        store.append(make())


def test_a_reader_pages_by_seq(store: Store) -> None:
    for version in range(1, 8):
        store.append(append(fact("report-1", version)))
    assert [s.seq for s in store.facts(3, 0, 3)] == [1, 2, 3]
    assert [s.seq for s in store.facts(3, 3, 3)] == [4, 5, 6]
    assert [s.seq for s in store.facts(3, 6, 3)] == [7]
    assert list(store.facts(3, 7, 3)) == []
    assert [seen.version for seen in page(store, 3, size=2)] == list(range(1, 8))


def test_streams_are_found_by_how_their_names_begin(store: Store) -> None:
    for name in ("legacy-old-2", "legacy-old-Ü", "legacy-old2-1", "legacy-old-1", "report-1"):
        store.append(append(fact(name)))
    assert store.streams_named("legacy-old-", "", 2) == ["legacy-old-1", "legacy-old-2"]
    assert store.streams_named("legacy-old-", "legacy-old-2", 9) == ["legacy-old-Ü"]
    assert store.streams_named("legacy-old_", "", 9) == []


def test_facts_of_streams_that_begin_alike_are_read_in_pages(store: Store) -> None:
    for name in ("stock-HZ01:Ü", "stock-HZ01:A", "stock-HZ02:A", "stock-HZ0", "stock-HZ01:A:B"):
        store.append(append(fact(name)))
    store.append(append(fact("stock-HZ01:A", 2)))
    read, after = list[tuple[str, int]](), ("", 0)
    while page_ := store.facts_named("stock-HZ01:", after, 2):
        told = [(each.stream, envelope.head(each.body).version) for each in page_]
        assert len(told) <= 2
        read, after = [*read, *told], told[-1]
    first = [("stock-HZ01:A", 1), ("stock-HZ01:A", 2), ("stock-HZ01:A:B", 1)]
    assert read == [*first, ("stock-HZ01:Ü", 1)]


def test_everything_about_a_ticket_is_found_in_order(store: Store) -> None:
    store.append(append(fact("a", partition=5, ticket="BX-1")))
    store.append(append(fact("b", partition=1, ticket="BX-2")))
    store.append(together(("c", 1, 4), ("a", 2, 5), ("d", 1, 0), ticket="BX-1"))
    store.append(append(fact("d", 2, partition=0)))
    told = [stored.stream for stored in store.ticket_facts("BX-1", None)]
    assert told == ["a", "d", "c", "a"]
    assert store.ticket_facts("BX-3", None) == []


def test_five_hundred_facts_on_five_hundred_streams_are_one_append(store: Store) -> None:
    new = [fact(f"legacy-itsm-{n}", partition=n % 6, ticket=f"BX-{n}") for n in range(500)]
    positions = store.append(append(*new))
    assert [p.partition for p in positions] == list(range(6))
    assert sum(p.seq for p in positions) == 500
    more = [fact(f"legacy-itsm-{n}", 2, partition=0) for n in range(500)]
    assert sum(p.seq for p in store.append(append(*more))) == 1000
    assert assert_whole(store) == 1000


def test_the_clock_is_told_in_utc(store: Store) -> None:
    assert store.now().utcoffset() == timedelta(0)
    assert abs(store.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_young_commands_are_not_forgotten(store: Store) -> None:
    new = fact("report-1")
    store.append(append(new, mac=MAC))
    assert store.forget_commands(timedelta(0)) == 0
    assert store.read((), (new.command_id,)).commands
