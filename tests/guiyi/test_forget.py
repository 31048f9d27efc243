"""`guiyi forget` and `erasures apply`: nobody can read or find an erased customer in any room."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from guiyi.cli import app
from guiyi.rooms import ROOMS
from shared import view
from shared.config import Settings
from shared.consumers.lookup import LookUpEntry, add, links
from shared.events.legacy import LegacyTicketContinued
from shared.events.meaning import LookUpKind
from shared.personal.digest import Digester
from shared.personal.key_store import KeysUnavailable
from shared.personal.keys import Keys, KeyState, open_keys
from shared.record.database import engine
from shared.record.postgres import Record
from shared.record.transaction import transaction
from tests.guiyi.legacy_desk import environment
from tests.shared.looked_up import completed, says
from tests.shared.recording import as_owner, open_gate


def found(settings: Settings) -> list[str]:
    """The streams that are in the look-up of the room."""
    database = engine(settings.worker_url, pool=1)
    with transaction(database) as db:
        streams = [stream for (stream,) in db.query("SELECT stream FROM lookup.entries ORDER BY 1")]
    database.dispose()
    return streams


def speak_of(settings: Settings, keys: Keys, subject: str, stream: str) -> None:
    """Write a name of this subject on a stream of the room, and into its look-up."""
    keys.keys_for([subject])
    (digest,) = Digester(keys.master).digests(LookUpKind.NAME, "张三")
    database = engine(settings.worker_url, pool=1)
    with transaction(database) as db:
        add(db, [LookUpEntry(LookUpKind.NAME, digest, stream, subject)])
    database.dispose()


def recorded(settings: Settings, keys: Keys, *said: tuple[str, Any]) -> None:
    """Record that streams have these owners, and link them, as the look-up does."""
    open_gate(settings)
    record = Record(settings.runtime_url, settings.room, settings.partitions)
    for stream, fact in said:
        says(record, keys, stream, fact)
        told = record.read([stream]).streams[stream].facts
        keys.link([link for each in told for link in links(view.recorded(settings.room, each))])
    record.close()


@pytest.fixture
def rooms(
    make_database: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Settings, Settings]:
    """All rooms with one key store, named in the environment. The tests look at two of them."""
    made = {room: make_database(room) for room in ROOMS}
    intake, dispatch = made["intake"], made["dispatch"]
    urls = {
        f"{room.upper()}_{role}_URL": url
        for room, settings in made.items()
        for role, url in (
            ("RUNTIME", settings.runtime_url),
            ("RELAY", settings.relay_url),
            ("WORKER", settings.worker_url),
        )
    }
    named = environment(intake) | {
        **urls,
        "INTAKE_WEB_URL": "http://127.0.0.1:1",
        "GUIYI_STATE": str(tmp_path / "state"),
        "GUIYI_LANG": "en",
    }
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    return intake, dispatch


WHY = ("--because", "the customer asks")


def typed(*words: str, said: str | None = None) -> Any:
    return ran("forget", *words, said=said)


def ran(*words: str, said: str | None = None) -> Any:
    return CliRunner().invoke(app, (*words, *WHY), input=said, catch_exceptions=False)


def test_a_customer_is_forgotten_in_every_room(
    rooms: tuple[Settings, Settings], tmp_path: Path
) -> None:
    intake, dispatch = rooms
    keys = open_keys(intake.keys_worker_url, intake.master_key_file)
    speak_of(intake, keys, "customer-7", "customer-7")
    speak_of(intake, keys, "customer-8", "customer-8")
    speak_of(dispatch, keys, "report-1", "work_order-1")
    recorded(intake, keys, ("report-1", completed("7")))
    keep = tmp_path / "erasures.json"
    for _ in range(2):  # again: nothing more happens
        done = typed("7", "--keep", str(keep), "--yes", "--json")
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["subjects"] == ["customer-7", "report-1"]
        assert (found(intake), found(dispatch)) == (["customer-8"], [])
    fresh = open_keys(intake.keys_worker_url, intake.master_key_file)
    states = [fresh.state(each) for each in ("customer-7", "report-1", "customer-8")]
    assert states == [KeyState.DESTROYED, KeyState.DESTROYED, KeyState.LIVE]
    (kept,) = json.loads(keep.read_text("utf-8"))
    assert (kept["customer"], kept["subjects"]) == ("customer-7", ["customer-7", "report-1"])


def test_it_is_asked_first_and_nobody_is_erased_by_a_slip(
    rooms: tuple[Settings, Settings], tmp_path: Path
) -> None:
    intake, _ = rooms
    keys = open_keys(intake.keys_worker_url, intake.master_key_file)
    speak_of(intake, keys, "customer-7", "customer-7")
    keep = str(tmp_path / "erasures.json")
    no = typed("7", "--keep", keep, said="n\n")
    assert (no.exit_code, keys.state("customer-7")) == (1, KeyState.LIVE)
    unknown = typed("77", "--keep", keep, "--yes", "--json")
    assert unknown.exit_code == 2
    assert json.loads(unknown.stderr)["code"] == "forget-unknown"
    assert typed("7", "--keep", keep, said="y\n").exit_code == 0
    assert keys.state("customer-7") is KeyState.DESTROYED


def test_what_will_be_reached_is_said_before_anybody_is_asked(
    rooms: tuple[Settings, Settings], tmp_path: Path
) -> None:
    intake, _ = rooms
    keys = open_keys(intake.keys_worker_url, intake.master_key_file)
    keys.keys_for(["customer-7", "customer-8", "report-1", "report-2", "legacy-1"])
    continued = LegacyTicketContinued("BX-HZ01-20260301-0001", "report-1")
    facts = ("report-1", completed("7")), ("legacy-1", continued), ("report-2", completed("8"))
    recorded(intake, keys, *facts)
    keep = str(tmp_path / "erasures.json")
    for words in ((), ("--json",)):
        listed, asked, _ = typed("7", "--keep", keep, *words, said="n\n").stderr.partition("Nobody")
        assert asked
        assert listed.splitlines() == [
            "Erasing customer 7 reaches these subjects (3):",
            "  customer-7: the customer's own card",
            "  legacy-1: a fact on it names report-1 as its owner",
            "  report-1: a fact on it names customer-7 as its owner",
        ]
    assert keys.state("report-1") is KeyState.LIVE
    done = typed("7", "--keep", keep, "--yes")
    assert "report-1" in done.stderr
    assert "(3 subjects)" in done.stdout
    quiet = typed("7", "--keep", keep, "--yes", "--json")
    assert quiet.stderr == ""


def test_a_link_that_no_fact_says_reaches_nobody(
    rooms: tuple[Settings, Settings], tmp_path: Path
) -> None:
    """Whoever writes to the key store says that a living customer is another one."""
    intake, dispatch = rooms
    keys = open_keys(intake.keys_worker_url, intake.master_key_file)
    for each in ("customer-7", "customer-8", "report-1"):
        speak_of(intake, keys, each, each)
    speak_of(dispatch, keys, "report-8", "work_order-8")
    recorded(intake, keys, ("report-1", completed("7")), ("report-8", completed("8")))
    keys.link([("customer-8", "customer-7"), ("report-8", "report-1")])
    keep = tmp_path / "erasures.json"
    listed = typed("7", "--keep", str(keep), said="n\n").stderr.partition("Nobody")[0]
    assert "reaches these subjects (2):" in listed
    false = "  not erased: {}. The key store says that it is {}'s, but no fact in any record does"
    for link in (("customer-8", "customer-7"), ("report-8", "report-1")):
        assert false.format(*link) in listed
    done = json.loads(typed("7", "--keep", str(keep), "--yes", "--json").stdout)
    assert done["subjects"] == ["customer-7", "report-1"]
    assert done["false_links"] == [["customer-8", "customer-7"], ["report-8", "report-1"]]
    assert (found(intake), found(dispatch)) == (["customer-8"], ["work_order-8"])
    for again in (("forget", "7", "--yes", "--keep"), ("erasures", "apply", "--yes")):
        assert ran(*again, str(keep)).exit_code == 0
        (kept,) = json.loads(keep.read_text("utf-8"))
        assert kept["subjects"] == ["customer-7", "report-1"]
        states = [keys.state(each) for each in ("customer-8", "report-8", "report-1")]
        assert states == [KeyState.LIVE, KeyState.LIVE, KeyState.DESTROYED]


def test_a_fact_that_was_changed_to_name_an_owner_says_nothing(
    rooms: tuple[Settings, Settings], tmp_path: Path
) -> None:
    intake, _ = rooms
    keys = open_keys(intake.keys_worker_url, intake.master_key_file)
    speak_of(intake, keys, "customer-7", "customer-7")
    recorded(intake, keys, ("report-8", completed("8")))
    keys.keys_for(["report-8"])
    changed = "convert_to(replace(convert_from(body, 'UTF8'), '\"8\"', '\"7\"'), 'UTF8')"
    guard = "ALTER TABLE record.facts {} TRIGGER facts_stay".format
    order = f"UPDATE record.facts SET body = {changed} WHERE stream = 'report-8'"  # noqa: S608
    as_owner(intake, f"{guard('DISABLE')}; {order}; {guard('ENABLE ALWAYS')}")
    keys.link([("report-8", "customer-7")])
    done = typed("7", "--keep", str(tmp_path / "erasures.json"), "--yes", "--json")
    assert json.loads(done.stdout)["subjects"] == ["customer-7"]
    assert keys.state("report-8") is KeyState.LIVE


def test_the_ledger_of_each_room_says_so_before_a_key_is_destroyed(
    rooms: tuple[Settings, Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, _ = rooms
    keys = open_keys(intake.keys_worker_url, intake.master_key_file)
    speak_of(intake, keys, "customer-7", "customer-7")

    def away(*_: object) -> None:
        raise KeysUnavailable("just now")

    keep = tmp_path / "erasures.json"
    with monkeypatch.context() as patch:
        patch.setattr(Keys, "destroy", away)
        assert typed("7", "--keep", str(keep), "--yes").exit_code == 3
    erased_before_the_backup_was_restored(keep)
    with monkeypatch.context() as patch:
        patch.setattr(Keys, "apply_erasures", away)
        assert ran("erasures", "apply", str(keep), "--yes").exit_code == 3
    assert keys.state("customer-7") is KeyState.LIVE
    entered = "SELECT verb, reason FROM record.interventions ORDER BY at"
    for room in rooms:
        assert as_owner(room, entered) == [("forget", WHY[1]), ("erasures apply", WHY[1])]


def test_a_key_store_that_is_away_is_said(
    rooms: tuple[Settings, Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rooms
    monkeypatch.setenv("KEYS_WORKER_URL", "postgresql://nobody:x@127.0.0.1:9/none")
    away = typed("7", "--keep", str(tmp_path / "erasures.json"), "--yes", "--json")
    assert away.exit_code == 3
    assert json.loads(away.stderr)["code"] == "reach-away"


def erased_before_the_backup_was_restored(keep: Path) -> Path:
    """The list that was kept apart. The restored key store does not know of the erasure."""
    line = {
        "customer": "customer-7",
        "erased_at": "2026-11-23T01:00:00+00:00",
        "subjects": ["customer-7", "report-1"],
    }
    keep.write_text(json.dumps([line]), "utf-8")
    return keep


def test_after_a_restore_whoever_was_erased_is_erased_again(
    rooms: tuple[Settings, Settings], tmp_path: Path
) -> None:
    intake, dispatch = rooms
    keys = open_keys(intake.keys_worker_url, intake.master_key_file)
    speak_of(intake, keys, "customer-7", "customer-7")
    speak_of(intake, keys, "customer-8", "customer-8")
    speak_of(dispatch, keys, "report-1", "work_order-1")
    keep = erased_before_the_backup_was_restored(tmp_path / "erasures.json")
    for _ in range(2):  # again: nothing more happens
        done = ran("erasures", "apply", str(keep), "--yes", "--json")
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout) == {"customers": 1}
        assert (found(intake), found(dispatch)) == (["customer-8"], [])
    fresh = open_keys(intake.keys_worker_url, intake.master_key_file)
    states = [fresh.state(each) for each in ("customer-7", "report-1", "customer-8")]
    assert states == [KeyState.DESTROYED, KeyState.DESTROYED, KeyState.LIVE]
    (erasure,) = fresh.erasures()
    assert erasure.erased_at == datetime(2026, 11, 23, 1, tzinfo=UTC)


def test_erasures_are_applied_after_a_yes_and_from_a_list_alone(
    rooms: tuple[Settings, Settings], tmp_path: Path
) -> None:
    intake, _ = rooms
    keys = open_keys(intake.keys_worker_url, intake.master_key_file)
    speak_of(intake, keys, "customer-7", "customer-7")
    keep = erased_before_the_backup_was_restored(tmp_path / "erasures.json")
    no = ran("erasures", "apply", str(keep), said="n\n")
    assert (no.exit_code, keys.state("customer-7")) == (1, KeyState.LIVE)
    for wrong in ("nothing.json", "other.json"):
        (tmp_path / "other.json").write_text('[{"customer": "customer-7"}]', "utf-8")
        told = ran("erasures", "apply", str(tmp_path / wrong), "--yes", "--json")
        assert (told.exit_code, json.loads(told.stderr)["code"]) == (2, "erasures-unreadable")
    assert keys.state("customer-7") is KeyState.LIVE
