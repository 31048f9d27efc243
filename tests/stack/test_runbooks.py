"""Every command of the pages lag.md and parked.md, run on a stack as it stands there."""

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from guiyi.access import Access
from guiyi.play.cast import cast
from guiyi.play.desk import Desk
from guiyi.play.registers import enter_registers
from guiyi.stack.installation import PROJECT, Installation
from tests.relaying import on_topic
from tests.stack.conftest import until
from tests.stack.test_cli_stack import READY_S, folder, guiyi

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

COMMAND = re.compile(r"^ *guiyi (.+)$|`guiyi ([^`]+)`", re.MULTILINE)
ELSEWHERE = {"restore", "restore ROOM --from-journal"}
"""Named on the pages, and run by `test_restore` from their own page."""


def commands(page: str) -> list[str]:
    """The commands of a page, in their order, each once."""
    text = (PROJECT / "docs" / "runbooks" / page).read_text("utf-8")
    found = dict.fromkeys(block or inline for block, inline in COMMAND.findall(text))
    return [each for each in found if each not in ELSEWHERE]


@dataclass
class Desked:
    """A stack with one room whose registers are filled."""

    state: Path

    @property
    def access(self) -> Access:
        return Access(Installation(self.state), Installation(self.state).environment())

    def run(self, command: str, **words: str) -> Any:
        """Run a command of a page with these words filled in; what it says with `--json`.

        What it asks is agreed to. It asks in front of what it says.
        """
        filled = " ".join(words.get(word, word) for word in shlex.split(command))
        told = guiyi(filled, self.state, "--json", answer="y\n")
        assert told.returncode == 0, (command, told.stderr, told.stdout)
        return json.loads(told.stdout.rpartition("[y/N]: ")[2])

    def ask(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        """Run a statement as the room's worker."""
        url = self.access.settings("intake").worker_url.replace("+psycopg2", "")
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    def journal(self, partition: int) -> list[Any]:
        """What stands on a partition of the journal."""
        kafka = self.access.settings("intake").kafka
        return on_topic(kafka, "journal.intake").get(partition, [])


@pytest.fixture(scope="module")
def desk() -> Iterator[Desked]:
    with folder() as state:
        started = guiyi("up", state, "--detach", "--timeout", str(READY_S))
        assert started.returncode == 0, started.stderr
        made = Desked(state)
        access = made.access
        with Desk(access.peers, access.installation.token_private_key_file, "HZ01") as entering:
            enter_registers(entering, cast())
        yield made


def is_calm(desk: Desked) -> bool:
    return all(each["facts"] == 0 for each in desk.run("lag")["intake"])


def test_the_commands_for_a_view_that_is_behind(desk: Desked) -> None:
    status, stack, lag, rewind = (commands("lag.md")[n] for n in (1, 2, 0, 3))
    assert len(commands("lag.md")) == 4
    until(lambda: is_calm(desk), "nothing is under way")
    assert {each["consumer"] for each in desk.run(lag)["intake"]} >= {"view/branches@3", "lookup"}
    assert desk.run(stack)["state"] == "ready"
    ((partition, seq),) = desk.ask(
        "SELECT partition, seq FROM record.facts WHERE stream = 'branch-HZ01' AND version = 1"
    )
    before = len(desk.journal(partition))
    where = {"TOPIC": "journal.intake", "N": str(partition), "SEQ": str(seq - 1)}
    desk.run(rewind, ROOM="intake", **where)
    until(lambda: len(desk.journal(partition)) > before, "it is sent again")
    until(lambda: desk.run(status, ROOM="intake")["unpublished"] == 0, "everything is sent")
    until(lambda: is_calm(desk), "copies change nothing")


def parked(desk: Desked, stream: str) -> str:
    """Park the row of this card's view, as a worker does; the id of the line."""
    ((line,),) = desk.ask(
        "INSERT INTO worker.parked"
        " (consumer, kind, key, room, stream, partition, seq, reason, details)"
        " SELECT 'view/branches@3', 'row', '[\"' || substr(stream, 8) || '\"]', 'intake', stream,"
        " partition, seq, 'a fault', '{}' FROM record.facts"
        " WHERE stream = %s AND version = 1 RETURNING id",
        stream,
    )
    return str(line)


def test_the_commands_for_what_is_parked(desk: Desked) -> None:
    until(lambda: is_calm(desk), "nothing is under way")
    branches = [
        stream
        for (stream,) in desk.ask(
            "SELECT DISTINCT stream FROM record.facts WHERE stream LIKE 'branch-%' ORDER BY 1"
        )
    ]
    listed, shown, retried, retired, discarded, given_up = commands("parked.md")
    first = parked(desk, branches[0])
    assert [str(each["id"]) for each in desk.run(listed, ROOM="intake")] == [first]
    assert desk.run(shown, ROOM="intake", ID=first)["reason"] == "a fault"
    assert desk.run(retried, ROOM="intake", ID=first)["healed"]
    assert desk.run(listed, ROOM="intake") == []
    assert desk.run(retired, ROOM="intake")["views"] == []
    second = parked(desk, branches[-1])
    desk.run(discarded, ROOM="intake", ID=second)
    assert desk.run(listed, ROOM="intake") == []
    assert [str(each["id"]) for each in desk.run(given_up, ROOM="intake")] == [second]
