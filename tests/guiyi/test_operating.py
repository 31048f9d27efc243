"""Verbs that work on databases: an operator of the register uses them, and the ledger says who."""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from guiyi.access import access
from guiyi.acting import Acting, LacksRight, NotRegistered, operating
from guiyi.cli import VERBS, app
from guiyi.refusal import FAILED, OUT_OF_REACH, WRONG
from guiyi.rooms import FIRST_OPERATOR, wiring
from services.intake.cards import stream_of
from services.intake.registers import Register
from shared.config import Settings
from shared.decider import Asked
from shared.events.cards import PersonCard
from shared.events.values import ALL_BRANCHES, Role
from shared.handle import CommandEnvelope, Handler, handle
from shared.personal.keys import open_keys
from shared.proof import rotation
from shared.record import interventions, story_clock
from shared.record.database import engine
from shared.record.openings import OpeningTable, TextsOpened
from shared.record.postgres import Record
from shared.record.store import Unavailable
from shared.record.transaction import transaction
from tests.guiyi.legacy_desk import environment
from tests.shared.looked_up import Says, completed
from tests.shared.recording import as_owner, open_gate

NOBODY = {
    "up": "there is no register before it runs",
    "down": "it ends processes, and reads no database",
    "status": "it shows processes",
    "demo": "it begins an installation, with people of its own",
    "token": "it signs; what the token says is held to the card by the rooms",
    "lag": "it shows numbers",
    "clock show": "it shows numbers",
    "relay status": "it shows numbers",
}
"""Verbs that act as nobody, and why."""
WHY = ("--because", "it was planned")
ASKED = {
    "relay rewind": ["intake", "--topic", "journal.intake", "--partition", "0", "--to", "0", *WHY],
    "restore": ["intake", "--from-journal", "--yes"],
    "rebuild": ["intake", "tickets", "--swap", *WHY],
    "reread": ["intake", "lookup", "journal.intake/0", *WHY, "--keep", "kept.jsonl"],
    "generation begin": ["intake", "--of", "dispatch", *WHY],
    "generation new": ["intake", *WHY],
    "parked list": ["intake"],
    "parked show": ["intake", "1"],
    "parked retry": ["intake", "1", *WHY],
    "parked discard": ["intake", "1", "--yes", *WHY],
    "retired": ["intake", "--drop", *WHY],
    "forget": ["C-1", "--keep", "erasures.json", "--yes", *WHY],
    "erasures apply": ["erasures.json", "--yes", *WHY],
    "withdraw": ["old", *WHY],
    "openings": [],
    "notices list": ["dispatch"],
    "notices resend": ["dispatch", "BX-HZ01-20261123-0001-V1-N1", *WHY],
    "keys rotate": ["proof", "--room", "intake", *WHY],
    "keys forget": ["master", *WHY],
    "clock advance": ["P1D"],
}
"""How each verb that works on databases is used."""


def every_verb() -> Iterator[tuple[str, Callable[..., None]]]:
    for name, verb in VERBS.items():
        if callable(verb):
            yield name, verb
        else:
            yield from ((f"{name} {each}", named) for each, named in verb.items())


def test_every_verb_acts_as_somebody_or_says_why_not() -> None:
    for name, verb in every_verb():
        taken = inspect.signature(verb).parameters
        acts = "actor" in taken and taken["actor"].default == ""
        assert acts != (name in NOBODY), name
    over_http = {"import", "parts load", "parts export", "ticket list", "ticket show"}
    over_http |= {"ticket history", "ticket papers", "ticket export", "stock balance"}
    over_http |= {"stock out", "stock late", "stock low", "stock quota", "stock consumption"}
    kinds = ("machines", "customers", "people")
    over_http |= {f"{kind} {verb}" for kind in kinds for verb in ("load", "export")}
    over_http |= {"ticket find", "machines history", "customers history"}
    lists = ("tasks", "to-plan", "figures", "clocks", "delegations", "lent", "complaints")
    over_http |= {f"desk {each}" for each in lists}
    assert {name for name, _ in every_verb()} == {*NOBODY, *ASKED, *over_http}


@pytest.fixture
def intake(
    make_database: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Intake's database, named in the environment."""
    settings = make_database("intake")
    open_gate(settings)
    named = environment(settings) | {
        "INTAKE_WEB_URL": "http://127.0.0.1:1",
        "INTAKE_OWNER_URL": str(settings.owner_url),
        "GUIYI_STATE": str(tmp_path / "state"),
        "GUIYI_LANG": "en",
    }
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "erasures.json").write_text("[]", "utf-8")
    return settings


def ran(*words: str, **environ: str) -> Any:
    return CliRunner().invoke(app, [*words, "--json"], env=environ, catch_exceptions=False)


def registered(intake: Settings, number: str, role: str) -> str:
    """Somebody whose card has this role, for all branches."""
    card = PersonCard(number, "某人", (Role(role),), (ALL_BRANCHES,))
    asked = Asked(
        stream_of(card), FIRST_OPERATOR, frozenset({Role.OPERATOR}), datetime.now(UTC), "HZ01"
    )
    with closing(Record(intake.runtime_url, intake.room, intake.partitions, pool=1)) as record:
        keys = open_keys(intake.keys_url, intake.master_key_file)
        handler = Handler(record, wiring("intake").papers, keys)
        handle(handler, CommandEnvelope(uuid4(), Register(card), asked))
    return number


def refused(result: Any) -> tuple[int, str]:
    told: Mapping[str, Any] = json.loads(result.stderr.splitlines()[-1])
    return result.exit_code, told["code"]


def test_nobody_and_no_clerk_works_on_a_database(intake: Settings) -> None:
    clerk = registered(intake, "C-WANGFANG", "clerk")
    for name, words in ASKED.items():
        verb = [*name.split(), *words]
        assert refused(ran(*verb, "--actor", clerk)) == (FAILED, "acting-lacks"), name
    last = ("keys", "rotate", *ASKED["keys rotate"])
    assert refused(ran(*last, GUIYI_ACTOR="")) == (WRONG, "acting-nobody")
    stranger = ran(*last, "--actor", "X-NOBODY")
    assert refused(stranger) == (WRONG, "acting-not-registered")


def test_the_ledger_says_which_operator_it_was(intake: Settings) -> None:
    operator = registered(intake, "O-LINFENG", "operator")
    done = ran("keys", "rotate", *ASKED["keys rotate"], "--actor", operator)
    assert done.exit_code == 0, done.output
    database = engine(intake.worker_url, pool=1)
    with transaction(database) as db:
        (last,) = interventions.last(db)
    database.dispose()
    assert (last.actor, last.verb, last.reason) == (operator, "keys rotate", WHY[1])


@pytest.mark.parametrize("name", [name for name, words in ASKED.items() if WHY[0] in words])
def test_a_verb_that_changes_something_asks_why(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIYI_STATE", str(tmp_path))
    at = ASKED[name].index(WHY[0])
    before, after = ASKED[name][:at], ASKED[name][at + 2 :]
    ends = [
        ran(*name.split(), *before, *why, *after, "--actor", FIRST_OPERATOR)
        for why in ([], [WHY[0], " "])
    ]
    assert [ended.exit_code for ended in ends] == [WRONG, WRONG]
    assert refused(ends[1])[1].endswith(("because-none", "no-reason"))


def ledger(intake: Settings) -> list[tuple[str, str, str]]:
    """Verb, what and reason of all entries, the newest first."""
    database = engine(intake.worker_url, pool=1)
    with transaction(database) as db:
        found = [(each.verb, each.what, each.reason) for each in interventions.last(db)]
    database.dispose()
    return found


def test_the_ledger_has_a_new_key_before_it_is_made(
    intake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "begin_key", killed)
    with pytest.raises(Killed):
        ran("keys", "rotate", *ASKED["keys rotate"], "--actor", FIRST_OPERATOR)
    assert ledger(intake) == [("keys rotate", "begins a new proof key", WHY[1])]


def test_the_ledger_has_a_rewind_in_its_own_transaction(
    intake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("relay", "rewind", *ASKED["relay rewind"], "--actor", FIRST_OPERATOR)
    assert refused(ran(*words)) == (FAILED, "relay-nothing")
    assert ledger(intake) == []
    sent = "INSERT INTO record.published (topic, partition, seq) VALUES ('journal.intake', 0, 7)"
    stands = "SELECT seq FROM record.published WHERE topic = 'journal.intake' AND partition = 0"
    as_owner(intake, sent)
    with monkeypatch.context() as patch:
        patch.setattr(interventions, "note", killed)
        with pytest.raises(Killed):
            ran(*words)
    assert as_owner(intake, stands) == [(7,)]
    assert ran(*words).exit_code == 0
    assert as_owner(intake, stands) == [(0,)]
    what = "journal.intake, partition 0: sent again from behind seq 0, not 7"
    assert ledger(intake) == [("relay rewind", what, WHY[1])]


def test_openings_are_listed_by_ticket_person_and_time(
    intake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor, at = registered(intake, "U-ZHOU", "auditor"), datetime.now(UTC)
    said = Asked("report-1", "li", frozenset(), at, "HZ01", "BX-HZ01-20261129-0001")
    keys = open_keys(intake.keys_url, intake.master_key_file)
    with closing(Record(intake.runtime_url, intake.room, intake.partitions, pool=1)) as record:
        handler = Handler(record, {"report": Says()}, keys)
        handle(handler, CommandEnvelope(uuid4(), completed("7", "张三"), said))
    table = OpeningTable(intake.runtime_url, connections=1)
    table.note(TextsOpened("U-1", "r1", "投诉", ("report-1", "customer-8")))
    table.note(TextsOpened("U-2", "r2", "核对", ("customer-8",)))
    table.close()

    def shown(*words: str) -> list[str]:
        ended = ran("openings", *words, "--actor", auditor)
        assert ended.exit_code == 0, ended.output
        return [f"{row['request']} {row['reason']}" for row in json.loads(ended.stdout)["rows"]]

    assert shown() == ["r2 核对", "r1 投诉"]
    assert shown("--ticket", "BX-HZ01-20261129-0001") == shown("--by", "U-1") == ["r1 投诉"]
    assert shown("--since", "2099-01-01") == shown("--ticket", "BX-HZ01-20261129-0002") == []
    assert shown("--limit", "1") == ["r2 核对"]
    told = CliRunner().invoke(app, ["openings", "--limit", "1", "--actor", auditor])
    assert "customer-8" in told.stdout
    assert "Only the newest 1" in told.stderr
    of_one_branch = Acting("U-ONE", frozenset({"auditor"}), frozenset({"HZ01"}))
    monkeypatch.setattr("guiyi.access.acting", lambda *_: of_one_branch)
    assert refused(ran("openings", "--actor", "U-ONE")) == (FAILED, "acting-lacks")


class Killed(BaseException):
    """As if the process ended here."""


def killed(*_: object, **__: object) -> None:
    raise Killed


def test_only_the_clock_of_an_installation_for_stories_is_advanced(intake: Settings) -> None:
    shown = json.loads(ran("clock", "show").stdout)
    assert shown == {"story_clock": False, "ahead": {}}
    advance = ("clock", "advance", "P1D", "--actor", FIRST_OPERATOR)
    assert refused(ran(*advance)) == (FAILED, "clock-real")
    story_clock.begin(str(intake.owner_url))
    for ahead in ("P1D", "P2D"):
        assert json.loads(ran(*advance).stdout)["ahead"] == {"intake": ahead}
    for wrong in ("P0D", "a day"):
        told = ran("clock", "advance", wrong, "--actor", FIRST_OPERATOR)
        assert refused(told) == (WRONG, "clock-no-duration")


@pytest.mark.parametrize(
    "words",
    [
        ("relay", "status", "intake"),
        ("parked", "list", "intake", "--actor", FIRST_OPERATOR),
        ("clock", "advance", "P1D", "--actor", FIRST_OPERATOR),
    ],
)
def test_whatever_is_read_from_the_databases_says_that_it_is_a_story(
    intake: Settings, words: tuple[str, ...]
) -> None:
    told = "its clock is ahead by"
    assert told not in ran(*words).stderr
    story_clock.begin(str(intake.owner_url))
    ran("clock", "advance", "P1D", "--actor", FIRST_OPERATOR)
    assert f"{told} P" in ran(*words).stderr


def test_without_the_register_only_who_may_begin_an_installation_mends_it(
    intake: Settings,
) -> None:
    operator = registered(intake, "O-LINFENG", "operator")
    away = replace(intake, runtime_url="postgresql+psycopg2://nobody@127.0.0.1:1/none")
    assert operating(intake, operator).actor == operator
    with pytest.raises(Unavailable):
        operating(away, operator)
    assert operating(away, FIRST_OPERATOR).roles == {"operator"}


AS_IT_WAS = """
UPDATE record.facts AS f SET hash = sha256(f.previous_hash || int4send(f.partition)
    || int8send(f.seq) || int8send((extract(epoch FROM f.recorded_at) * 1000000)::int8) || f.body)
"""
UNREAD = {
    "a newer program wrote it": ('"schema":4', '"schema":99'),
    "no program knows it": ("PersonRegistered", "PersonUnheard"),
    "it has another form": ('"card":', '"cord":'),
}


def by_owner(intake: Settings, *statements: str) -> None:
    database = engine(str(intake.owner_url), pool=1)
    with transaction(database) as db:
        for each in statements:
            db.execute(each)
    database.dispose()


@pytest.mark.parametrize("why", UNREAD)
def test_so_it_is_where_a_card_cannot_be_read(intake: Settings, why: str) -> None:
    operator, (true, false) = registered(intake, "O-LINFENG", "operator"), UNREAD[why]
    registered(intake, FIRST_OPERATOR, "operator")
    body = f"convert_to(replace(convert_from(body, 'UTF8'), '{true}', '{false}'), 'UTF8')"
    off = "ALTER TABLE record.facts DISABLE TRIGGER facts_stay"
    by_owner(intake, off, f"UPDATE record.facts SET body = {body}", AS_IT_WAS)  # noqa: S608
    told = ran("parked", "list", "intake", "--actor", operator)
    assert refused(told) == (OUT_OF_REACH, "reach-away")
    asked = ran("ticket", "list", "--actor", operator)
    assert refused(asked) == (OUT_OF_REACH, "reach-away")
    assert ran("parked", "list", "intake", "--actor", FIRST_OPERATOR).exit_code == 0


def test_a_register_that_was_loaded_without_its_rights_is_told(intake: Settings) -> None:
    operator, role = registered(intake, "O-LINFENG", "operator"), "intake_runtime"
    by_owner(intake, f"REVOKE USAGE ON SCHEMA record FROM {role}")
    told = ran("parked", "list", "intake", "--actor", operator)
    assert refused(told) == (OUT_OF_REACH, "reach-away")
    assert ran("parked", "list", "intake", "--actor", FIRST_OPERATOR).exit_code == 0


def test_a_database_that_refuses_a_verb_is_told(intake: Settings) -> None:
    by_owner(intake, "REVOKE USAGE ON SCHEMA record FROM intake_relay")
    assert refused(ran("relay", "status", "intake")) == (FAILED, "reach-refuses")


def test_a_verb_that_is_refused_keeps_no_reason(intake: Settings) -> None:
    stranger = ran("reread", *ASKED["reread"], "--actor", "X-NOBODY")
    assert refused(stranger) == (WRONG, "acting-not-registered")
    nothing = ran("reread", *ASKED["reread"], "--actor", FIRST_OPERATOR)
    assert refused(nothing) == (FAILED, "reread-nothing")
    assert not Path("kept.jsonl").exists()


def test_so_it_is_where_the_environment_does_not_name_the_register(
    intake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = registered(intake, "O-LINFENG", "operator")
    monkeypatch.delenv("INTAKE_RUNTIME_URL")
    told = ran("retired", "dispatch", "--actor", operator)
    assert refused(told) == (OUT_OF_REACH, "reach-nothing-runs")
    assert access(None, FIRST_OPERATOR).operating().roles == {"operator"}


def test_a_first_operator_with_a_card_is_what_the_card_says(intake: Settings) -> None:
    registered(intake, FIRST_OPERATOR, "clerk")
    with pytest.raises(LacksRight):
        operating(intake, FIRST_OPERATOR)
    with pytest.raises(NotRegistered):
        operating(intake, "")


def test_a_line_of_an_unknown_kind_hides_no_other(intake: Settings) -> None:
    parks = (
        "INSERT INTO worker.parked"
        " (seq, partition, consumer, kind, key, room, stream, reason, details)"
        " VALUES (-1, 99, '?', %s, '', 'nowhere', '', '', '[]')"
    )
    for kind in ("what", "timer"):
        as_owner(intake, parks, kind)
    by = ("--actor", FIRST_OPERATOR)
    kinds = [line["kind"] for line in json.loads(ran("parked", "list", "intake", *by).stdout)]
    assert kinds == ["unknown", "timer"]
    retried = ran("parked", "retry", "intake", "1", *WHY, *by)
    assert refused(retried) == (WRONG, "parked-retired")
    assert ran("parked", "discard", "intake", "1", "--yes", *WHY, *by).exit_code == 0
    assert [line["id"] for line in json.loads(ran("parked", "list", "intake", *by).stdout)] == [2]
