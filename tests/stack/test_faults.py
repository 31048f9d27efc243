"""Faults on the whole stack: parts die or hang while people work, and nothing is lost."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import psutil
import pytest

from guiyi.play.cast import cast
from guiyi.play.people import CLERK
from guiyi.play.repairs import (
    STORIES,
    by_employee,
    ended_remotely,
    left_for_approval,
    straight,
)
from tests.stack.away import put_off, reported, server_away
from tests.stack.conftest import until
from tests.stack.ends import ended, moves
from tests.stack.whole import (
    LONG,
    Storytellers,
    Whole,
    begin,
    calm,
    desk_of,
    facts_of,
    hurried,
    of_tickets,
    settled,
    wait_for_stories,
    whole,
)

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]

AWAY_S = 60.0
BOTH_S = 15.0
"""For how long the first server is away alone, and the second after it."""
ASLEEP_S = 8.0
"""Longer than a supervisor lets any of its children be silent."""
ROUNDS = (
    (
        *(("intake-web", signal.SIGKILL), ("dispatch-relay", signal.SIGKILL)),
        ("inventory-worker", signal.SIGKILL),
    ),
    (
        *(("intake-worker", signal.SIGKILL), ("dispatch-web", signal.SIGSTOP)),
        *(("inventory-web", signal.SIGKILL), ("followup-relay", signal.SIGKILL)),
    ),
    (("kafka", signal.SIGKILL),),
    (("postgres", signal.SIGKILL),),
    (
        *(("intake-relay", signal.SIGSTOP), ("dispatch-worker", signal.SIGSTOP)),
        *(("inventory-relay", signal.SIGKILL), ("followup-worker", signal.SIGKILL)),
        ("followup-web", signal.SIGKILL),
    ),
    (("kafka", signal.SIGSTOP),),
    (("postgres", signal.SIGSTOP),),
)
"""What falls together, each kind of process once dead and once silent."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Whole]:
    with whole() as made:
        begin(made)
        yield made


def test_every_accepted_command_has_its_effect_once_whatever_falls(stack: Whole) -> None:
    assert {name for parts in ROUNDS for name, _ in parts} == {*stack.pids()}, "all of them fall"
    with desk_of(stack) as desk:
        told_first = {story.name: story(desk, cast()) for story in STORIES}
    calm(stack)
    before = stack.facts()
    moved = moves(stack)
    owed = {
        story: (of_tickets(before, ticket), moved[ticket]) for story, ticket in told_first.items()
    }
    with Storytellers(stack) as tellers:
        wait_for_stories(tellers, 1)
        for parts in ROUNDS:
            stack.falls(*parts)
            wait_for_stories(tellers, 1)
        supervisor_sleeps(stack, tellers)
        stack.send(signal.SIGKILL)
        stack.up()
        wait_for_stories(tellers, 2)
    assert not tellers.failed, tellers.failed
    settled(stack)
    after, moved = stack.facts(), moves(stack)
    for story, ticket in tellers.told:
        assert (of_tickets(after, ticket), moved[ticket]) == owed[story], (story, ticket)
    told = {ticket for _, ticket in tellers.told}
    elsewhere = {fact: count for fact, count in after.items() if fact[1] not in told}
    assert elsewhere == before, "nothing else became true meanwhile"
    ended(stack, told)


def supervisor_sleeps(stack: Whole, tellers: Storytellers) -> None:
    """Work goes on without it. When it wakes, it restarts only the parts that died meanwhile."""
    assert stack.supervisor is not None
    running, dead = stack.pids(), "intake-web"
    awake = time.monotonic() + ASLEEP_S
    stack.send(signal.SIGSTOP, wait=False)
    wait_for_stories(tellers, 1)
    time.sleep(max(0.0, awake - time.monotonic()))  # so long a sleep is the story
    psutil.Process(running.pop(dead)).kill()
    stack.send(signal.SIGCONT, wait=False)
    until(lambda: stack.part(dead)["reason"] == "ended with -9", f"{dead} is seen to be dead")
    until(lambda: stack.state() == "ready", "all is up", LONG)
    assert running.items() <= stack.pids().items(), "nobody else was replaced"


def test_an_approval_that_is_overdue_is_urged_once_whoever_dies(stack: Whole) -> None:
    urged = ("intake", "ApprovalUrged")

    def of(*tickets: str) -> int:
        return of_tickets(stack.facts(), *tickets)[urged]

    with hurried(stack), desk_of(stack) as desk:
        stack.signal_family("intake-worker", signal.SIGKILL)
        tickets = [left_for_approval(desk, cast()) for _ in range(3)]
        until(lambda: of(*tickets) > 0, "one is urged", LONG)
        stack.falls(("intake-worker", signal.SIGKILL))
        tickets.append(left_for_approval(desk, cast()))
        until(lambda: of(tickets[-1]) > 0, "who came last is urged", LONG)
        until(lambda: of(*tickets) >= len(tickets), "each is urged", LONG)
        calm(stack)
        assert [of(ticket) for ticket in tickets] == [1] * len(tickets)
        shown = desk.asks(CLERK, "intake", f"/v1/reports/{tickets[0]}").json()["report"]
    assert shown["urged"] is True
    assert shown["approval"]["policy"] == "core@2", "by the version that set the time"


def test_without_its_servers_work_is_put_off_in_plain_words_and_nothing_is_half_done(
    stack: Whole,
) -> None:
    """Kafka is away for a minute, then PostgreSQL too. Each comes back while the other is away."""
    played = cast()
    with desk_of(stack) as desk:
        with ExitStack() as kafka, ExitStack() as postgres:
            kafka.enter_context(server_away(stack, "kafka", AWAY_S))
            tickets = [ended_remotely(desk, played) for _ in range(3)]
            time.sleep(BOTH_S)
            postgres.enter_context(server_away(stack, "postgres", AWAY_S))
            put_off(partial(reported, desk, "while-both-are-away"))
            kafka.close()
            put_off(partial(reported, desk, "while-postgres-is-away"))
        until(lambda: stack.state() == "ready", "all is up again", LONG)
        for key in ("while-both-are-away", "while-postgres-is-away"):
            first, again = (reported(desk, key) for _ in range(2))
            assert first.status_code == 201, first.text
            assert again.json()["ticket"] == first.json()["ticket"]
            tickets.append(first.json()["ticket"])
        filed = [straight(desk, played), by_employee(desk, played)]
    settled(stack)
    assert [facts_of(stack, ticket)["intake", "RepairReported"] for ticket in tickets] == [1] * 5
    assert [facts_of(stack, ticket)["intake", "RepairClosed"] for ticket in tickets[:3]] == [1] * 3
    known = [facts_of(stack, ticket)["followup", "CallBackScheduled"] for ticket in tickets[:3]]
    assert known == [1] * 3, "what was closed without Kafka is called back"
    assert [facts_of(stack, ticket)["followup", "DossierFiled"] for ticket in filed] == [1] * 2
