"""The whole stack with its real rooms, people who work at it, and checks at the end."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeAlias

import psutil
import psycopg2

from guiyi.access import Access
from guiyi.demo.proof import Gauges
from guiyi.history import told_by_rooms
from guiyi.play.cast import Cast, cast
from guiyi.play.desk import Desk, Transport
from guiyi.play.people import ONLOOKER
from guiyi.play.registers import enter_registers, enter_stock
from guiyi.play.repairs import STORIES
from guiyi.rooms import ROOMS, wiring
from guiyi.stack import databases
from guiyi.stack.installation import LOOPBACK, PROJECT, free_port
from tests.stack.conftest import Standing, standing_as, until

OF_THE_NEWEST = ("IssueNoteNoted", "SignatureNoted", "PaperAdded")
PLENTY = 500
"""Pieces of each part on the shelves: the stories are told again and again."""
LONG = 240.0
Facts: TypeAlias = Counter[tuple[str, str | None, str]]
"""How often each fact became true: by room, ticket and type."""


class Whole(Standing):
    """A stack as `guiyi up` runs it, with a copy of the policies that a test may change."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.line = [sys.executable, "-m", "guiyi.stack.supervisor", str(folder), "1", "1"]
        self.policies = folder / "policies"
        kafka = free_port()
        self.ports = {"KAFKA_PORT": str(kafka), "POSTGRES_PORT": str(free_port([kafka]))}
        """Set by hand, so that a server that is away cannot come back at another port."""
        shutil.copytree(PROJECT / "deploy" / "policies", self.policies)

    def up(self) -> "Whole":
        with (self.installation.folder / "supervisor.log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                self.line,
                cwd=PROJECT,
                env={**os.environ, "POLICY_DIR": str(self.policies), **self.ports},
                start_new_session=True,
                stderr=log,
            )
        until(lambda: self.state() == "ready", "the stack is ready", LONG)
        return self

    @property
    def access(self) -> Access:
        """The access that an operator's command has."""
        return Access(self.installation, self.installation.environment(), ONLOOKER.id)

    @property
    def server(self) -> databases.Server:
        """The database server, with the passwords of all its logins."""
        port = self.part("postgres")["port"]
        assert port is not None
        return databases.Server(LOOPBACK, port, self.installation.passwords())

    def signal_family(self, name: str, number: int) -> None:
        """Send a signal to a part and all its descendants, because PostgreSQL is many processes."""
        one = psutil.Process(self.part(name)["pid"])
        for each in [one, *one.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.send_signal(number)

    def falls(self, *parts: tuple[str, int]) -> None:
        """Send these signals to these parts, and wait until they are replaced and all is up."""
        before = {name: self.part(name)["restarts"] for name, _ in parts}
        for name, number in parts:
            self.signal_family(name, number)
        for name, known in before.items():
            until(lambda: self.part(name)["restarts"] > known, f"{name} restarted", LONG)  # noqa: B023
        until(lambda: self.state() == "ready", f"all is up after {[*before]}", LONG)

    def facts(self) -> Facts:
        """The number of facts in the records of all rooms."""
        return Counter(
            {
                (room, ticket, kind): count
                for room in ROOMS
                for ticket, kind, count in self.ask(
                    room, "SELECT ticket, type, count(*) FROM record.facts GROUP BY 1, 2"
                )
            }
        )

    def ask(self, room: str, question: str) -> list[tuple[Any, ...]]:
        """Every row that a query in a room's database finds."""
        url = self.access.settings(room).worker_url.replace("+psycopg2", "")
        with closing(psycopg2.connect(url, connect_timeout=10)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(question)
                return cursor.fetchall()


@contextmanager
def whole() -> Iterator[Whole]:
    """A whole stack. Nothing of it is left at the end."""
    with standing_as(Whole) as made:
        yield made.up()


def desk_of(stack: Whole, transport: Transport = lambda _room: None) -> Desk:
    """A desk at these rooms. It waits longer, because rooms are killed."""
    key = stack.installation.token_private_key_file
    return Desk(stack.access.peers, key, "HZ01", patience=LONG, transport=transport)


class Storytellers:
    """People who play one repair after another until they are stopped.

    `rest`: for how many seconds each of them rests between two.
    """

    def __init__(
        self,
        stack: Whole,
        people: int = 2,
        desk: Callable[[Whole], Desk] = desk_of,
        rest: float = 0.0,
    ) -> None:
        self.told: list[tuple[str, str]] = []
        """Every story that came to its end, with its ticket."""
        self.failed: list[BaseException] = []
        self._stack, self._desk, self._rest = stack, desk, rest
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._tell, args=(n,)) for n in range(people)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(LONG * 2)
            assert not thread.is_alive(), "a story does not come to its end"

    def _tell(self, first: int) -> None:
        played = cast()
        n = first
        try:
            while not self._over.is_set():
                story = STORIES[n % len(STORIES)]
                with self._desk(self._stack) as desk:
                    self.told.append((story.name, story(desk, played)))
                n += 1
                self._over.wait(self._rest)
        except BaseException as error:  # noqa: BLE001 - the story's end is told by the test
            self.failed.append(error)


def begin(stack: Whole) -> None:
    """Enter the branch with its people, customers and machines."""
    with desk_of(stack) as desk:
        enter_registers(desk, cast())
        enter_stock(desk, plenty(cast()))


def plenty(played: Cast) -> Cast:
    """The same cast with so much stock that no part runs out."""
    shelves = [{**each, "quantity": PLENTY} for each in played["stock"]]
    return Cast(played.people, {**played.said, "stock": shelves})


@contextmanager
def hurried(stack: Whole) -> Iterator[None]:
    """In this block a newer policy holds: an approval is overdue after a second."""
    file = stack.policies / "core.toml"
    usual = file.read_text("utf-8")
    head, clock, rest = usual.partition("[approval.clock]\n")
    assert clock
    _, _, rest = rest.partition("\n\n")
    hurry = f'{clock}after = "PT1S"\ncalendar = "24x7"\n\n'
    try:
        file.write_text(head.replace("version = 1", "version = 2") + hurry + rest, "utf-8")
        stack.falls(("intake-web", signal.SIGKILL))
        yield
    finally:
        file.write_text(usual, "utf-8")
        stack.falls(("intake-web", signal.SIGKILL))


def of_tickets(facts: Facts, *tickets: str) -> Counter[tuple[str, str]]:
    """How often each fact became true of these, by room and type.

    What a room notes of another's newest document counts once: how many it has missed before that
    one hangs on who was away.
    """
    found = Counter[tuple[str, str]]()
    for (room, ticket, kind), count in facts.items():
        if ticket in tickets:
            found[room, kind] += min(count, 1) if kind in OF_THE_NEWEST else count
    return found


def facts_of(stack: Whole, ticket: str) -> Counter[tuple[str, str]]:
    """How often each fact became true of a ticket, by room, as its history says."""
    steps, away = told_by_rooms(stack.access, ticket)
    assert not away
    return Counter((step["room"], step["type"]) for step in steps)


def calm(stack: Whole) -> None:
    """Wait until nothing is in flight in or between rooms; nothing may be parked."""
    with Gauges(stack.access) as gauges:
        gauges.calm(lambda _: None)
        gauges.check_nothing_parked()


def settled(stack: Whole) -> None:
    """Wait until all is calm, and check that every rebuilt view equals the live one."""
    calm(stack)
    with Gauges(stack.access) as gauges:
        for name in ROOMS:
            for view in wiring(name).views:
                assert gauges.rebuilt(name, view.NAME).equal, (name, view.NAME)


def wait_for_stories(tellers: Storytellers, more: int) -> None:
    """Wait until `more` repairs have ended."""
    enough = len(tellers.told) + more
    until(lambda: tellers.failed or len(tellers.told) >= enough, "stories go on", LONG)
    assert not tellers.failed, tellers.failed
