"""A command never decides on a stream that is not as it was appended, whoever changed it."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg2
import pytest

from guiyi import serve
from guiyi.rooms import FIRST_OPERATOR
from guiyi.stack.installation import free_port
from shared.chain import ChainBroken
from shared.config import Settings
from shared.consumers import dead_letters
from shared.decider import Asked, Refused
from shared.handle import Answer, CommandEnvelope, Handler, handle
from shared.record.store import Append
from shared.record.transaction import transaction
from shared.token import make_token
from shared.worker.reactions import Reactions
from shared.worker.snapshots import Snapshots
from tests.forked import forked
from tests.relaying import PROJECT, ask, environ
from tests.shared import toy
from tests.shared.recording import fact
from tests.stack.test_reacting import milestones
from tests.working import Child, Toy, toy_record

SHELF, OTHER = "shelf-a", "shelf-b"
FACTS = 5
MORE, SAME, TOO_MUCH = (
    toy.NoteTotal("jar-a", FACTS + 1, 1),
    toy.NoteTotal("jar-a", 1, 1),
    toy.NoteTotal("jar-a", FACTS + 1, 10**6),
)
"""What a whole shelf takes, what changes nothing on it, and what it refuses."""
OF = "UPDATE record.facts AS f SET {} WHERE f.stream = 'shelf-a' AND f.version"
EDITED = "body = replace(convert_from(f.body, 'UTF8'), '\"fen\":1', '\"fen\":7')::bytea"
BREAKS = {
    "bytes": f"{OF.format(EDITED)} = 2",
    "bytes of the last": f"{OF.format(EDITED)} = {FACTS}",
    "a hash": f"{OF.format('hash = sha256(f.hash)')} = {FACTS}",
    "the link": f"{OF.format('previous_hash = sha256(f.hash)')} = 3",
    "recorded_at": f"{OF.format('recorded_at = f.recorded_at - interval $$1 second$$')} = 3",
    "the seq": f"{OF.format('seq = f.seq + 1000')} = {FACTS}",
    "the partition": f"{OF.format('partition = (f.partition + 1) %% 6')} = {FACTS}",
    "the first deleted": "DELETE FROM record.facts WHERE stream = 'shelf-a' AND version = 1",
    "a middle one deleted": "DELETE FROM record.facts WHERE stream = 'shelf-a' AND version = 3",
    "the last deleted": "DELETE FROM record.facts WHERE stream = 'shelf-a' AND version = 5",
    "all deleted": "DELETE FROM record.facts WHERE stream = 'shelf-a'",
    "two swapped": f"{OF.format('version = 90')} = 2; {OF.format('version = 2')} = 3;"
    f" {OF.format('version = 3')} = 90",
    "the last moved on": f"{OF.format('version = 9')} = {FACTS}",
    "the name of another": "UPDATE record.facts SET stream = 'shelf-c' WHERE stream = 'shelf-a';"
    " UPDATE record.heads SET stream = 'shelf-a2' WHERE stream = 'shelf-a';"
    " INSERT INTO record.heads VALUES (5, 0, 'shelf-a');"
    " UPDATE record.facts SET stream = 'shelf-a' WHERE stream = 'shelf-b'",
    "the head deleted": "DELETE FROM record.heads WHERE stream = 'shelf-a'",
    "the head set back": "UPDATE record.heads SET version = 3 WHERE stream = 'shelf-a'",
    "the head moved": "UPDATE record.heads SET partition = (partition + 1) %% 6"
    " WHERE stream = 'shelf-a'",
    "the head set on": "UPDATE record.heads SET version = 9 WHERE stream = 'shelf-a'",
}
LONG = SimpleNamespace(**vars(toy.SHELF), PAPER=toy.kept_as(toy.Shelf))
"""A shelf whose streams have snapshots."""
PAGE = PROJECT / "docs" / "runbooks" / "broken-chain.md"
NO_BROKER = {"KAFKA_BOOTSTRAP": "127.0.0.1:1"}
CARD = {"code": "HZ01", "name": "杭州一店"}
TRIGGER = "ALTER TABLE record.facts {} TRIGGER facts_stay"
KEEP = "CREATE TABLE record.{0}_kept AS TABLE record.{0}"
PUT_BACK = "TRUNCATE record.{0}; INSERT INTO record.{0} TABLE record.{0}_kept"


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        for version in range(1, FACTS + 1):
            note(made, SHELF, toy.NoteTotal("jar-a", version, 1), UUID(int=version))
            note(made, OTHER, toy.NoteTotal("jar-b", version, 1))
        yield made


def note(
    room: Toy,
    shelf: str,
    command: toy.NoteTotal,
    id_: UUID | None = None,
    desk: Handler | None = None,
) -> Answer:
    asked = Asked(shelf, "wang", frozenset({"clerk"}), datetime.now(UTC), "HZ01")
    return handle(desk or room.desk, CommandEnvelope(id_ or uuid4(), command, asked))


def as_superuser(room: Toy, statement: str) -> None:
    around = TRIGGER.format("DISABLE"), statement, TRIGGER.format("ENABLE ALWAYS")
    ask(room.settings, ";".join(around), owner=True)


def web(room: Toy, port: int) -> Child:
    """The web role of intake itself, on the toy's database."""
    log = room.folder / "web.log"
    told = {**environ(room.settings), "PORT": str(port), **NO_BROKER}
    process = forked(_web, environ=told, out=log)
    room.children.append(Child(process, log))
    return room.children[-1]


def _web() -> None:
    sys.exit(serve.main([toy.ROOM, "web"]))


def answer(port: int, path: str) -> tuple[int, str]:
    """Status and text of an answer; status 0 while nobody answers."""
    try:
        found = httpx.get(f"http://127.0.0.1:{port}{path}", timeout=10)
    except httpx.TransportError:
        return 0, ""
    return found.status_code, found.text


def post(port: int, token: str, path: str, body: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
    return httpx.post(f"http://127.0.0.1:{port}{path}", json=body, headers=headers, timeout=20)


def keep(room: Toy) -> None:
    ask(room.settings, ";".join(KEEP.format(name) for name in ("facts", "heads")), owner=True)


def put_back(room: Toy) -> None:
    as_superuser(room, ";".join(PUT_BACK.format(name) for name in ("facts", "heads")))


@pytest.mark.parametrize("changed", BREAKS)
def test_nothing_is_decided_and_the_other_streams_go_on(room: Toy, changed: str) -> None:
    keep(room)
    before = room.ask("SELECT count(*) FROM record.facts")
    as_superuser(room, BREAKS[changed])
    after = room.ask("SELECT count(*) FROM record.facts")
    for command in (MORE, SAME, TOO_MUCH):
        with pytest.raises(ChainBroken) as broken:
            note(room, SHELF, command)
        assert (broken.value.room, broken.value.stream) == (toy.ROOM, SHELF)
    assert room.ask("SELECT count(*) FROM record.facts") == after
    findings = room.desk.findings
    assert (findings.met, findings.streams) == (3, 1)
    assert findings.notes()[0].startswith(f"{SHELF}: its chain does not hold at version ")
    if changed != "the name of another":
        assert note(room, OTHER, MORE).version == FACTS + 1
    put_back(room)
    assert room.ask("SELECT count(*) FROM record.facts") == before
    assert note(room, SHELF, SAME).facts == []
    with pytest.raises(Refused):
        note(room, SHELF, TOO_MUCH)
    assert findings.notes() == []


def test_no_append_follows_a_head_to_another_partition(room: Toy) -> None:
    """Neither that of one fact nor that of several."""
    as_superuser(room, BREAKS["the head moved"])
    for count in (1, 2):
        facts = [fact(SHELF, FACTS + n) for n in range(1, count + 1)]
        with pytest.raises(psycopg2.errors.NoDataFound):
            room.desk.store.append(
                Append(facts, {SHELF: FACTS}, [each.command_id for each in facts])
            )
    assert room.ask("SELECT max(version) FROM record.facts WHERE stream = 'shelf-a'") == [(FACTS,)]


@pytest.mark.parametrize("changed", BREAKS)
def test_the_page_shows_what_was_done_and_its_mend_mends(room: Toy, changed: str) -> None:
    keep(room)
    looking, mending = (
        block.replace("STREAM", SHELF).replace("%", "%%")
        for block in re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    )
    assert is_whole(ask(room.settings, looking, owner=True))
    as_superuser(room, BREAKS[changed])
    assert not is_whole(ask(room.settings, looking, owner=True))
    ask(room.settings, "CREATE TABLE record.true_facts AS TABLE record.facts_kept", owner=True)
    ask(room.settings, mending, owner=True)
    assert note(room, SHELF, MORE).version == FACTS + 1


def is_whole(lines: Sequence[Any]) -> bool:
    """Whether the page's question shows nothing wrong."""
    whole = [(version, True, True, True, FACTS, True) for version in range(1, FACTS + 1)]
    return [(version, *shown) for version, _, _, *shown in lines] == whole


def test_a_repeated_command_is_not_answered_from_changed_bytes(room: Toy) -> None:
    assert note(room, SHELF, MORE, UUID(int=2)).repeated
    as_superuser(room, BREAKS["bytes"])
    with pytest.raises(ChainBroken):
        note(room, SHELF, MORE, UUID(int=2))


def test_a_tail_goes_on_from_its_snapshot_and_no_snapshot_hides_a_break(room: Toy) -> None:
    kept = "SELECT stream, version FROM worker.snapshots"
    desk = replace(room.desk, deciders={**room.desk.deciders, "shelf": LONG})
    snapshots = Snapshots(room.engine, desk, every=FACTS)
    snapshots.begin()
    snapshots.take()
    assert set(room.ask(kept)) == {(SHELF, FACTS), (OTHER, FACTS)}
    assert note(room, SHELF, MORE, desk=desk).version == FACTS + 1
    as_superuser(room, BREAKS["the link"].replace("= 3", f"= {FACTS + 1}"))
    with pytest.raises(ChainBroken) as broken:
        note(room, SHELF, replace(MORE, version=FACTS + 2), desk=desk)
    assert broken.value.version == FACTS + 1
    room.change("DELETE FROM worker.snapshots")
    snapshots.begin()
    snapshots.take()
    assert room.ask(kept) == [(OTHER, FACTS)]


def test_a_reaction_parks_what_it_owes_to_such_a_stream(room: Toy) -> None:
    reactions = Reactions(room.engine, room.desk, [toy.NOTE])
    for jar in ("jar-x", "jar-y"):
        room.do(jar, toy.DropCoin(1))
    reactions.take(milestones(room))
    as_superuser(room, BREAKS["bytes"].replace(SHELF, "shelf-jar-x").replace("= 2", "= 1"))
    for jar in ("jar-x", "jar-y"):
        room.do(jar, toy.DropCoin(1))
    reactions.take(milestones(room))
    noted = "SELECT stream, count(*) FROM record.facts WHERE stream LIKE 'shelf-jar-%%' GROUP BY 1"
    assert dict(room.ask(noted)) == {"shelf-jar-x": 1, "shelf-jar-y": 2}
    with transaction(room.engine) as db:
        (parked,) = dead_letters.listed(db)
    assert (parked.stream, "broken chain" in parked.reason) == ("jar-x", True)


def test_the_web_role_says_it_with_a_code_a_metric_and_a_line(room: Toy) -> None:
    """And its readiness stays as it was."""
    key = room.settings.token_public_key_file.with_name("token-private.pem")
    port = free_port()
    process = web(room, port)
    room.until(lambda: answer(port, "/healthz")[0] == 200, "it answers")
    ready = answer(port, "/readyz")[0]
    token, other = (
        make_token(key, FIRST_OPERATOR, ("operator",), (branch,), timedelta(hours=1))
        for branch in ("HZ01", "HZ02")
    )
    assert post(port, token, "/v1/branches", CARD).status_code == 201
    changed = BREAKS["bytes"].replace(SHELF, "branch-HZ01").replace("= 2", "= 1")
    as_superuser(room, changed.replace('"fen":1', "杭州").replace('"fen":7', "湖州"))
    told = post(port, token, "/v1/branches/HZ01/changes", CARD)
    (reason,) = told.json()["reasons"]
    assert (told.status_code, reason["code"]) == (503, "broken-chain")
    assert reason["numbers"] == {"stream": "branch-HZ01", "version": 1}
    assert "docs/runbooks/broken-chain.md" in reason["zh"]
    assert "docs/runbooks/broken-chain.md" in reason["en"]
    assert answer(port, "/readyz")[0] == ready
    assert "branch-HZ01: its chain does not hold at version 1" in answer(port, "/readyz")[1]
    assert "guiyi_broken_chains_total 1.0" in answer(port, "/metrics")[1]
    assert post(port, other, "/v1/branches", {**CARD, "code": "HZ02"}).status_code == 201
    (line,) = process.said("broken chain")
    assert (line["room"], line["stream"], line["version"]) == (toy.ROOM, "branch-HZ01", 1)
