"""整单上栈: whole repairs on the real stack, step by step as soon as each may be taken.

The same steps, and the same books, as in memory (`tests/world`).
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import uuid4

import httpx
import pytest

from guiyi.rooms import ROOMS, wiring
from shared.handle import Desk
from shared.personal.keys import open_keys
from shared.record.postgres import Record
from shared.token import make_token
from shared.view import Recorded, recorded
from tests.stack.conftest import until
from tests.stack.whole import LONG, Whole, settled, whole
from tests.world.books import Books
from tests.world.cases import Case, enter_registers
from tests.world.moves import is_filed
from tests.world.people import caller
from tests.world.ways import BY_POST, NOBODY_HOME, SOLVED_REMOTELY, STRAIGHT, Step

ALL = 1_000_000


class Real:
    """实栈: the rooms of a running stack, asked as the rooms in memory are."""

    def __init__(self, stack: Whole) -> None:
        self._stack, self._open = stack, ExitStack()
        self._records = {name: self._record(name) for name in ROOMS}
        self.desks = {name: self._desk(name) for name in ROOMS}
        self._clients = {
            name: self._open.enter_context(httpx.Client(base_url=url, timeout=30, trust_env=False))
            for name, url in stack.access.peers.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def does(
        self,
        who: str,
        room: str,
        path: str,
        body: Mapping[str, Any],
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        assert at is None, "here it is as late as it is"
        headers = {"Idempotency-Key": key or str(uuid4()), **self._token(who)}
        return self._clients[room].post(path, json=dict(body), headers=headers)

    def asks(self, who: str, room: str, path: str) -> httpx.Response:
        return self._clients[room].get(path, headers=self._token(who))

    def looks(self, who: str, room: str, path: str, body: Mapping[str, Any]) -> httpx.Response:
        return self._clients[room].post(path, json=dict(body), headers=self._token(who))

    def facts(self) -> list[Recorded]:
        """Every fact of every room, as they became true."""
        return sorted(self._facts(), key=lambda told: (told.recorded_at, told.partition, told.seq))

    def _facts(self) -> Iterator[Recorded]:
        for name, record in self._records.items():
            for partition in range(record.partitions):
                for stored in record.facts(partition, 0, ALL):
                    yield recorded(name, stored)

    def _record(self, name: str) -> Record:
        settings = self._stack.access.settings(name)
        record = Record(settings.runtime_url, name, settings.partitions, pool=2)
        self._open.callback(record.close)
        return record

    def _desk(self, name: str) -> Desk:
        settings = self._stack.access.settings(name)
        keys = open_keys(settings.keys_url, settings.master_key_file)
        return Desk(self._records[name], wiring(name).deciders, keys)

    def _token(self, who: str) -> Mapping[str, str]:
        person, key = caller(who), self._stack.installation.token_private_key_file
        token = make_token(key, who, person.roles, person.branches, timedelta(hours=1))
        return {"Authorization": f"Bearer {token}"}


def take(step: Step, case: Case) -> None:
    """As soon as it may be taken: whatever it needs to hear first is on its way."""
    told: list[str] = []

    def taken() -> bool:
        answer = step.act(case, step.who)
        told[:] = [answer.text if answer is not None else "nothing to do it with yet"]
        return answer is not None and answer.is_success

    try:
        until(taken, f"{step} is taken", LONG)
    except AssertionError as error:
        raise AssertionError(told) from error


@pytest.mark.stack
@pytest.mark.timeout(900)
def test_whole_repairs_end_by_the_books() -> None:
    with whole() as stack, Real(stack) as real:
        enter_registers(real, at=None)
        plays = (
            (Case(real, 0, parts={"SEAL-32": 2, "OIL-1": 1}), STRAIGHT),
            (Case(real, 1), NOBODY_HOME),
            (Case(real, 2, parts={"PUMP-9": 1}, delivery="posted"), BY_POST),
            (Case(real, 3), SOLVED_REMOTELY),
        )
        for case, steps in plays:
            for step in steps:
                take(step, case)
        assert all(is_filed(case) for case, _ in plays)
        books = Books({})
        books.read(real.facts())
        assert len(books.tickets) == len(plays)
        assert not books.held()
        settled(stack)
