"""发件进程 on a real database, with a login that reads the outbox and notes tries alone."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege
from typer.testing import CliRunner

from guiyi.cli import app
from guiyi.rooms import ROOMS, wiring
from shared.config import Settings
from shared.decider import Asked
from shared.events.notices import NoticeStage
from shared.handle import CommandEnvelope, Handler, Rehearsal, handle
from shared.notices import outbox
from shared.notices.paper import PAPER, NoteNoticeFailed, NoteNoticeSent
from shared.notices.wording import WORDS, word_of
from shared.ops import Ops
from shared.personal.keys import open_keys
from shared.record.database import engine
from shared.record.postgres import Record
from shared.record.transaction import transaction
from shared.sender.due import Alone
from shared.sender.entrypoint import SenderProcess
from shared.view import recorded
from shared.views import versions
from shared.views.table import view_table
from shared.worker.startup import make_tables
from tests.guiyi.legacy_desk import environment
from tests.notices.example import ASKED, NUMBER
from tests.notices.office import Ask, Asking, hash_of
from tests.notices.receivers import Hook, http_server, status
from tests.notices.test_webhook import SECRET
from tests.notices.waiting import until
from tests.shared.recording import as_owner, ask, close_gate, open_gate

HOME = PAPER.stream_of(NUMBER)


class Desk:
    """A room's database with one notice that is due, and the outbox as the worker fills it."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.room = settings, wiring(settings.room)
        self.record = Record(settings.runtime_url, settings.room, settings.partitions)
        self.keys = open_keys(settings.keys_url, settings.master_key_file)
        self.handler = Handler(self.record, {**self.room.papers, PAPER.prefix: Asking}, self.keys)
        self.worker = engine(settings.worker_url)
        make_tables(self.worker, settings.room, [outbox], [])
        with transaction(self.worker) as db:
            versions.take_over(db, [outbox])

    def asked(self) -> None:
        """Somebody is to be told until tomorrow, at any hour."""
        command = uuid4()
        word = hash_of(word_of(self.keys.master.now().derive(WORDS), command))
        later = self.record.now().replace(year=self.record.now().year + 1)
        notice = replace(ASKED, to="13800001234", word=word, until=later)
        asked = Asked(
            home=HOME,
            actor="C-WANGFANG",
            roles=frozenset(),
            at=self.record.now(),
            branch="HZ01",
        )
        handle(self.handler, CommandEnvelope(command, Ask(notice), asked))
        self.folded()

    def folded(self) -> None:
        """The worker has folded the outbox."""
        rows: dict[tuple[int, tuple[object, ...]], object] = {}
        for partition in range(self.settings.partitions):
            for each in self.record.facts(partition, 0, 100):
                fact = recorded(self.settings.room, each)
                for key in outbox.keys(fact):
                    place = (partition, key)
                    rows[place] = outbox.project(key, rows.get(place), fact)  # type: ignore[arg-type]
        with transaction(self.worker) as db:
            db.execute(f'SET LOCAL ROLE "{self.settings.room}_views"')
            view_table(outbox).write(db, rows, dict.fromkeys(rows, 1))

    def stage(self) -> NoticeStage:
        """How far the notice is by the record."""
        stage: NoticeStage = Rehearsal(self.handler).folded(HOME).state.stage
        return stage

    def close(self) -> None:
        """Close its connections."""
        self.record.close()
        self.worker.dispose()


@pytest.fixture
def desk(
    make_database: Callable[[str], Settings], request: pytest.FixtureRequest
) -> Iterator[Desk]:
    settings = make_database(getattr(request, "param", "dispatch"))
    open_gate(settings)
    with closing(Desk(settings)) as made:
        yield made


def gateways(folder: Path, url: str) -> Path:
    file = folder / "notices.toml"
    file.write_text(f'[sms]\nurl = "{url}"\nsecret = "{SECRET}"\n', "utf-8")
    return file


def any_hour(folder: Path, settings: Settings) -> Path:
    """The policy that is shipped, but for its quiet hours."""
    text = (settings.policy_dir / "core.toml").read_text("utf-8")
    assert "quiet_until = 08:00:00" in text
    (folder / "core.toml").write_text(text.replace("quiet_until = 08", "quiet_until = 21"), "utf-8")
    return folder


@contextmanager
def process(desk: Desk, folder: Path, url: str) -> Iterator[Ops]:
    settings = replace(
        desk.settings,
        notices_file=gateways(folder, url),
        policy_dir=any_hour(folder, desk.settings),
    )
    ops, stopping = Ops(0), Event()
    with closing(SenderProcess(desk.room, settings, ops, stopping)) as made:
        thread = Thread(target=made.run)
        thread.start()
        try:
            yield ops
        finally:
            stopping.set()
            thread.join()
            ops.stop()


@pytest.mark.parametrize("desk", ROOMS, indirect=True)
def test_it_sends_what_is_due_once_and_not_before_the_record_is_compared(
    desk: Desk, tmp_path: Path
) -> None:
    desk.asked()
    close_gate(desk.settings)
    with http_server(hook := Hook([status(204)])) as url, process(desk, tmp_path, url) as ops:
        until(lambda: not ops.unready())
        assert not hook.requests
        as_owner(desk.settings, OPENED)
        until(lambda: desk.stage() is NoticeStage.SENT)
        assert "by email wait" in " ".join(ops.noted())
    with http_server(again := Hook([status(204)])) as url, process(desk, tmp_path, url) as ops:
        until(lambda: not ops.unready())  # the outbox still says that it waits
    assert (len(hook.requests), again.requests) == (1, [])
    desk.folded()
    ((stage,),) = ask(desk.settings.sender_url, SHOWN)
    assert stage == "sent"


OPENED = "UPDATE record.gate SET started_at = pg_postmaster_start_time()"
TABLE = view_table(outbox).full_name
SHOWN = f"SELECT set_config('guiyi.branches', '{{*}}', false); SELECT stage FROM {TABLE}"  # noqa: S608


def test_two_of_them_do_not_send_at_the_same_time(desk: Desk) -> None:
    with closing(Alone(desk.settings.sender_url)) as other:
        with closing(Alone(desk.settings.sender_url)) as first:
            assert [first.holds(), first.holds(), other.holds()] == [True, True, False]
        until(other.holds)  # once the server has seen the other one go


def test_its_login_records_nothing_but_what_became_of_notices(desk: Desk) -> None:
    desk.asked()
    settings = desk.settings
    with closing(Record(settings.sender_url, settings.room, settings.partitions, pool=1)) as record:
        keys = open_keys(settings.keys_sender_url, settings.master_key_file)
        theirs = Handler(record, {**desk.room.papers, PAPER.prefix: Asking}, keys)
        asked = Asked(HOME, "sender:notices", frozenset(), record.now(), "HZ01")
        other = replace(asked, home=PAPER.stream_of(NUMBER.replace("N1", "N2")))
        invented = replace(ASKED, to=Rehearsal(theirs).folded(HOME).state.asked.to)
        with pytest.raises(InsufficientPrivilege, match="nothing else"):
            handle(theirs, CommandEnvelope(uuid4(), Ask(invented), other))
        handle(theirs, CommandEnvelope(uuid4(), NoteNoticeSent(1), asked))
    for order in FORBIDDEN:
        with pytest.raises(InsufficientPrivilege):
            ask(settings.sender_url, order)
    for order in ("TABLE keys.link", "DELETE FROM keys.key", "TABLE keys.proof", MAKES_A_KEY):
        with pytest.raises(InsufficientPrivilege):
            ask(settings.keys_sender_url, order)
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        ask(f"{settings.sender_url.rpartition('/')[0]}/postgres", "SELECT 1")


MAKES_A_KEY = "insert into keys.key (subject, wrapped) values ('report-9', 'x')"
FORBIDDEN = (
    "TABLE record.facts",
    "TABLE record.commands",
    "TABLE record.files",
    "TABLE lookup.entries",
    "TABLE worker.documents",
    "DELETE FROM worker.fired",
    f"DELETE FROM {TABLE}",  # noqa: S608
    "SELECT record.relay_beat('stranger', interval '8 seconds')",
    "SELECT record.intervene('O-1', 'reread', 'all', 'no reason')",
)


def test_an_operator_has_one_that_is_dead_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk.asked()
    named = environment(desk.settings) | {
        "INTAKE_WEB_URL": "http://127.0.0.1:1",
        "FIRST_OPERATORS": "operator",
        "GUIYI_STATE": str(tmp_path / "state"),
        "GUIYI_LANG": "en",
        "GUIYI_ACTOR": "operator",
    }
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    again = ("notices", "resend", "dispatch", NUMBER, "--because", "the customer has not got it")
    assert told(*again) == {"number": NUMBER, "asked": False}, "it waits already"
    dead = NoteNoticeFailed(1, "smtp-550", None)
    asked = Asked(HOME, "sender:notices", frozenset(), desk.record.now(), "HZ01")
    handle(desk.handler, CommandEnvelope(uuid4(), dead, asked))
    desk.folded()
    (row,) = told("notices", "list", "dispatch", "--stage", "dead")["rows"]
    assert (row["number"], row["why"], "to" in row) == (NUMBER, "smtp-550", False)
    assert told(*again) == {"number": NUMBER, "asked": True}
    assert desk.stage() is NoticeStage.WAITING
    unknown = ran("notices", "resend", "dispatch", NUMBER.replace("N1", "N9"), "--because", "x")
    assert "there is no such notice" in unknown.stderr
    assert ran("notices", "list", "intake").exit_code != 0
    assert ran("notices", "list", "dispatch", "--stage", "gone").exit_code != 0


def ran(*words: str) -> Any:
    return CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)


def told(*words: str) -> Any:
    result = ran(*words)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])
