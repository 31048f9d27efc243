"""处理: commands become facts once, in one append, sealed, with every part of a fact on them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from shared import envelope
from shared.decider import Asked, Decision, Refused
from shared.events.values import Sealed
from shared.handle import (
    TRIES,
    Answer,
    CommandEnvelope,
    FollowingCommand,
    Handler,
    NumberedCommand,
    VersionMismatch,
    handle,
    handle_all,
    partition_of,
)
from shared.record.store import LARGEST_FACT, ClaimedTooLate, Conflict, KeyReused
from shared.view import recorded
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.shared import toy

JAR = "jar-1"


@pytest.fixture(autouse=True)
def _toy() -> Iterator[None]:
    with toy.in_the_book():
        yield


@pytest.fixture
def desk() -> Handler:
    return Handler(Memory("intake", 6), toy.room.papers, memory_keys())


def order(command: object, home: str = JAR, **more: object) -> CommandEnvelope:
    now = datetime.now(UTC)
    asked = Asked(home=home, actor="wang", roles=frozenset({"clerk"}), at=now, branch="HZ01")
    return replace(CommandEnvelope(uuid4(), command, asked), **more)  # type: ignore[arg-type]


def test_a_command_becomes_a_fact_with_all_that_is_said_of_it(desk: Handler) -> None:
    asked = order(toy.OpenJar("kitchen", "王芳"), policy="core@1", causation="because")
    answer = handle(desk, asked)
    (stored,) = desk.store.read([JAR]).streams[JAR].facts
    head = envelope.head(stored.body)
    assert (answer.version, [p.seq for p in answer.positions]) == (1, [1])
    assert (head.type, head.stream, head.version, head.n) == ("JarOpened", JAR, 1, 0)
    assert (head.actor, head.branch, head.command) == ("wang", "HZ01", asked.id)
    assert (head.policy, head.causation, head.correlation) == ("core@1", "because", JAR)
    assert head.occurred_at == asked.asked.at
    envelope.verify(stored)


def test_what_is_personal_is_sealed_before_the_decision_sees_it(desk: Handler) -> None:
    handle(desk, order(toy.OpenJar("kitchen", "王芳")))
    (stored,) = desk.store.read([JAR]).streams[JAR].facts
    fact = recorded("intake", stored).fact
    assert isinstance(fact.owner, Sealed)
    assert "王芳" not in stored.body.decode()


def test_a_milestone_carries_the_document_of_its_own_moment(desk: Handler) -> None:
    handle(desk, order(toy.DropCoin(3)))
    handle(desk, order(toy.DropCoin(4)))
    first, second = desk.store.read([JAR]).streams[JAR].facts
    for stored, fen in ((first, 3), (second, 7)):
        assert stored.public is not None
        public = envelope.public_head(stored.public)
        assert b'"fen":%d' % fen in bytes(public.state)
        assert envelope.head(stored.body).public == envelope.sha256(stored.public).hex()


def test_a_repeated_command_is_answered_from_its_facts(desk: Handler) -> None:
    asked = order(toy.DropCoin(3))
    first, again = handle(desk, asked), handle(desk, asked)
    assert not first.repeated
    assert again.repeated
    assert (again.version, again.facts, again.positions) == (1, first.facts, first.positions)
    assert desk.store.read([JAR]).streams[JAR].version == 1


def test_a_command_that_made_nothing_true_is_remembered_with_its_body(desk: Handler) -> None:
    due = datetime.now(UTC)
    handle(desk, order(toy.DropCoin(3)))
    handle(desk, order(toy.RingForJar(due)))
    asked = order(toy.RingForJar(due), body_mac=b"a")
    assert handle(desk, asked).facts == []
    assert handle(desk, asked).repeated
    with pytest.raises(KeyReused):
        handle(desk, replace(asked, body_mac=b"b"))


def test_a_refused_command_leaves_nothing_and_may_come_again(desk: Handler) -> None:
    due = datetime.now(UTC)
    asked = order(toy.RingForJar(due))
    with pytest.raises(Refused) as no:
        handle(desk, asked)
    assert no.value.codes == ["jar-empty"]
    assert desk.store.read([JAR]).streams[JAR].version == 0
    handle(desk, order(toy.DropCoin(1)))
    assert handle(desk, asked).version == 2


def test_whoever_saw_another_version_is_told_which_there_is(desk: Handler) -> None:
    handle(desk, order(toy.DropCoin(3)))
    with pytest.raises(VersionMismatch) as no:
        handle(desk, order(toy.DropCoin(4), expected=0))
    assert (no.value.seen, no.value.found) == (0, 1)
    assert handle(desk, order(toy.DropCoin(4), expected=1)).version == 2


def test_a_number_returns_when_the_command_is_refused(desk: Handler) -> None:
    day = date(2026, 11, 23)

    def build(number: int) -> CommandEnvelope:
        return order(toy.DropCoin(number), home=f"jar-{number}")

    def refused(number: int) -> CommandEnvelope:
        return order(toy.RingForJar(datetime.now(UTC)), home=f"jar-{number}")

    assert handle(desk, NumberedCommand(uuid4(), "HZ01", day, build)).home == "jar-1"
    with pytest.raises(Refused):
        handle(desk, NumberedCommand(uuid4(), "HZ01", day, refused))
    assert handle(desk, NumberedCommand(uuid4(), "HZ01", day, build)).home == "jar-2"
    assert handle(desk, NumberedCommand(uuid4(), "SH01", day, build)).facts[0].fen == 1


def test_a_repeated_command_takes_no_second_number(desk: Handler) -> None:
    command = uuid4()

    def build(number: int) -> CommandEnvelope:
        return replace(order(toy.DropCoin(1), home=f"jar-{number}"), id=command)

    first = handle(desk, NumberedCommand(command, "HZ01", date(2026, 11, 23), build))
    again = handle(desk, NumberedCommand(command, "HZ01", date(2026, 11, 23), build))
    assert (again.home, again.repeated) == (first.home, True)


def test_a_command_goes_to_the_stream_that_comes_next_and_once_to_it(desk: Handler) -> None:
    command = uuid4()

    def made(home: str) -> CommandEnvelope:
        return replace(order(toy.DropCoin(1), home=home), id=command)

    for n in (1, 2, 10):
        handle(desk, order(toy.DropCoin(1), home=f"jar-L{n}"))
    wanted = FollowingCommand(command, "jar-L", made)
    first, again = handle(desk, wanted), handle(desk, wanted)
    assert (first.home, first.repeated) == ("jar-L11", False)
    assert (again.home, again.repeated, again.version) == ("jar-L11", True, 1)


def test_of_two_who_would_begin_the_next_stream_the_second_goes_on_behind_it(desk: Handler) -> None:
    def begin(home: str) -> CommandEnvelope:
        return order(toy.DropCoin(1), home=home)

    def begun_meanwhile(home: str) -> CommandEnvelope:
        if home == "jar-L1":
            handle(desk, begin(home))
        return begin(home)

    assert handle(desk, FollowingCommand(uuid4(), "jar-L", begun_meanwhile)).home == "jar-L2"


def numbered(home: str, coins: int = 1) -> NumberedCommand:
    """A coin for the jar of this number; no coin at all: a command that is refused."""

    def build(number: int) -> CommandEnvelope:
        wanted = toy.DropCoin(coins) if coins else toy.RingForJar(datetime.now(UTC))
        return order(wanted, home=f"{home}-{number}")

    return NumberedCommand(uuid4(), "HZ01", date(2026, 11, 23), build)


def decide_all(desk: Handler, *orders: CommandEnvelope | NumberedCommand) -> list[Answer | Refused]:
    with desk.store.transaction() as transaction:
        return list(handle_all(desk, orders, transaction))


def homes(outcomes: list[Answer | Refused]) -> list[str]:
    return [each.home if isinstance(each, Answer) else "refused" for each in outcomes]


def test_the_number_of_a_refused_command_goes_to_the_next_of_the_same_append(desk: Handler) -> None:
    outcomes = decide_all(
        desk,
        order(toy.DropCoin(1)),
        numbered("jar"),
        numbered("jar", coins=0),
        numbered("jar"),
    )
    assert homes(outcomes) == [JAR, "jar-1", "refused", "jar-2"]
    assert homes(decide_all(desk, numbered("jar", coins=0), numbered("jar"))) == [
        "refused",
        "jar-3",
    ]


def test_a_known_numbered_command_among_others_takes_no_number(desk: Handler) -> None:
    first = numbered("jar")
    decide_all(desk, first)
    again = decide_all(desk, first, numbered("jar"), first)
    assert homes(again[:2]) == ["jar-1", "jar-2"]
    assert [isinstance(each, Answer) and each.repeated for each in again] == [True, False, True]


def test_several_commands_are_decided_in_turn_and_written_at_once(desk: Handler) -> None:
    known = order(toy.DropCoin(1))
    handle(desk, known)
    due = datetime.now(UTC)
    orders = [
        known,
        order(toy.DropCoin(2)),
        order(toy.RingForJar(due), home="jar-2"),
        order(toy.DropCoin(5), home="jar-2"),
        order(toy.RingForJar(due), home="jar-2"),
    ]
    with desk.store.transaction() as transaction:
        outcomes = handle_all(desk, orders, transaction)
    assert [type(outcome) for outcome in outcomes] == [Answer, Answer, Refused, Answer, Answer]
    facts = desk.store.read([JAR, "jar-2"]).streams
    assert (facts[JAR].version, facts["jar-2"].version) == (2, 2)


def test_a_stream_that_moved_on_meanwhile_is_decided_again(desk: Handler) -> None:
    with desk.store.transaction() as slow:
        seen = slow.read([JAR])
    assert seen.streams[JAR].version == 0
    handle(desk, order(toy.DropCoin(1)))
    assert handle(desk, order(toy.DropCoin(1))).version == 2


def test_conflicts_without_end_are_given_up(desk: Handler) -> None:
    looks = 0

    class Restless:
        """A jar into which somebody else drops a coin whenever it is looked at."""

        def decide(self, command: object, state: object, asked: Asked) -> Decision:
            nonlocal looks
            looks += 1
            handle(desk, order(toy.DropCoin(1)))
            decision: Decision = toy.JAR.decide(command, state, asked)
            return decision

    hasty = SimpleNamespace(**{**vars(toy.JAR), "decide": Restless().decide})
    with pytest.raises(Conflict):
        handle(replace(desk, deciders={"jar": hasty}), order(toy.DropCoin(9)))
    assert looks == TRIES


def test_papers_of_one_ticket_share_a_partition_and_others_go_by_name() -> None:
    ticket = "BX-HZ01-20261123-0001"
    own = {partition_of(f"{kind}-{ticket}", ticket, 24) for kind in ("report", "legacy")}
    assert len(own) == 1
    assert partition_of(f"work_order-{ticket}-W1", ticket, 24) in own
    assert partition_of("person-wang", ticket, 24) == partition_of("person-wang", None, 24)


def test_what_is_too_large_to_record_is_refused_and_leaves_nothing(desk: Handler) -> None:
    handle(desk, order(toy.OpenJar("kitchen", "王芳")))
    large = order(toy.DropCoin(2, giver="x" * LARGEST_FACT))
    with pytest.raises(Refused) as refused:
        handle(desk, large)
    (why,) = refused.value.reasons
    assert (why.code, dict(why.numbers)) == ("too-large-to-record", {"most": 1024})
    with desk.store.transaction() as transaction:
        first, outcome, last = handle_all(
            desk, [order(toy.DropCoin(1)), large, order(toy.DropCoin(3))], transaction
        )
    assert isinstance(outcome, Refused)
    assert [getattr(each, "version", 0) for each in (first, last)] == [2, 3]
    facts = [
        recorded("intake", stored).fact for stored in desk.store.read([JAR]).streams[JAR].facts
    ]
    assert [fact.fen for fact in facts[1:]] == [1, 3]


def test_a_claim_about_the_future_is_kept_out(desk: Handler) -> None:
    late = order(toy.DropCoin(1))
    late = replace(late, asked=replace(late.asked, at=late.asked.at + timedelta(minutes=6)))
    with pytest.raises(ClaimedTooLate):
        handle(desk, late)
    assert desk.store.read([JAR]).streams[JAR].version == 0
