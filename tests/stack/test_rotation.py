"""换密钥 (rotation) on the whole stack, while commands are being sent: nothing is lost or wrong."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest
from kafka.errors import KafkaError

from guiyi.plain import JsonObject
from guiyi.play.cast import cast
from guiyi.play.people import CLERK
from guiyi.rooms import FIRST_OPERATOR
from shared.broker.admin import opened
from shared.personal.master import read_master_key
from shared.proof.key_ring import ProofRow, ProofWrapper
from shared.record.statements import ResultRow
from shared.token.keys import key_id, private_key
from tests.stack.away import asked_once, reported
from tests.stack.conftest import standing_as
from tests.stack.operators import called
from tests.stack.test_without import at_work
from tests.stack.whole import Whole, begin

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def stack() -> Iterator[Whole]:
    with standing_as(Whole) as made:
        begin(made.up())
        yield made


def rotated(stack: Whole, kind: str, code: int = 0) -> JsonObject:
    words = ["keys", "rotate", kind, "--because", "it was planned", "--json"]
    words += ["--state", str(stack.installation.folder)]
    environ = {"GUIYI_LANG": "en", "GUIYI_ACTOR": FIRST_OPERATOR}
    ended = called(*words, environ=environ, seconds=300)
    assert ended.code == code, ended.err
    found: JsonObject = json.loads(ended.out or ended.err)
    return found if code == 0 else {"code": found["code"]}


def looked(stack: Whole, database: str, question: str) -> list[ResultRow]:
    url = stack.server.admin_url.replace("+psycopg2", "")
    with closing(psycopg2.connect(url, dbname=database)) as connection, connection.cursor() as at:
        at.execute(question)
        return at.fetchall()


LOOKED_UP = "SELECT DISTINCT kind, stream, subject FROM lookup.entries"
DIGESTS = "SELECT digest FROM lookup.entries"


def test_keys_of_facts_and_texts_are_exchanged_while_people_work(stack: Whole) -> None:
    file = stack.installation.master_key_file
    with at_work(stack) as desk:
        before = reported(desk, "before-the-exchange")
        assert before.status_code == 201
        known = set(looked(stack, "intake", LOOKED_UP))
        digests = set(looked(stack, "intake", DIGESTS))
        master = rotated(stack, "master")
        assert (master["wrapped"] > 0, master["late"]) == (True, [])
        again = reported(desk, "before-the-exchange")
        assert again.json() == {**before.json(), "repeated": True}
        other = {**cast()["leaking"]["report"], "complaint": "别的"}
        reused = asked_once(desk, CLERK, "intake", "/v1/reports", other, "before-the-exchange")
        assert reused.status_code in {409, 422}
        for _ in range(2):
            begun = rotated(stack, "proof")["rooms"]
            assert set(begun) == {"intake", "dispatch", "inventory", "followup"}
        assert reported(desk, "after-the-exchange").status_code == 201

    alone = ProofWrapper(replace(read_master_key(file), former=()))
    proofs = looked(
        stack, "keys", "SELECT room, partition, n, first_seq, key_id, wrapped FROM keys.proof"
    )
    rows = [ProofRow._make((*line[:4], bytes(line[4]), bytes(line[5]))) for line in proofs]
    assert len({row.key_id for row in rows}) == 4 * 3
    assert all(alone.is_present(row) for row in rows)
    assert set(looked(stack, "intake", LOOKED_UP)) >= known
    left = set(looked(stack, "intake", DIGESTS))
    assert not {bytes(one) for (one,) in left} & {bytes(one) for (one,) in digests}


def test_keys_of_tokens_and_passwords_are_exchanged_while_people_work(stack: Whole) -> None:
    installation = stack.installation
    with at_work(stack) as desk:
        known = {kind: told(stack, kind) for kind in ("passwords", "kafka")}
        token = stack.access.token()
        kid = rotated(stack, "tokens")["kid"]
        assert kid == key_id(private_key(installation.token_private_key_file).public_key())
        for each in (token, stack.access.token()):
            assert stack.access.get("intake", "/v1/reports", each)["rows"] is not None
        assert rotated(stack, "tokens", 1) == {"code": "keys-tokens-not-yet"}
        for kind in ("kafka", "database"):
            before = stack.pids()
            assert rotated(stack, kind)["waiting"] == []
            left = {name for name, pid in stack.pids().items() if pid == before[name]}
            webs = {name for name in before if name.endswith("-web")}
            assert left == ({"postgres"} | webs if kind == "kafka" else {"kafka", "postgres"})
        assert reported(desk, "after-the-passwords").status_code == 201
    for kind in known:
        now = told(stack, kind)
        assert {login for login in now if now[login] == known[kind][login]} == set()
    assert not (installation.secrets / "superuser-former.json").exists()
    assert looked(stack, "postgres", "SELECT 1") == [(1,)]
    old = replace(stack.server, passwords=known["passwords"])
    for login, database in (
        ("intake_runtime", "intake"),
        ("keys_worker", "keys"),
        ("postgres", "postgres"),
    ):
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(old.url(login, database).replace("+psycopg2", ""))
    kafka = stack.access.settings("intake").kafka
    with closing(opened(kafka)) as client:
        assert "journal.intake" in client.list_topics()
    controller = replace(kafka, username="admin", mechanism="PLAIN")
    with closing(
        opened(replace(controller, password=told(stack, "kafka")["controller"]))
    ) as client:
        assert "journal.intake" in client.list_topics()
    for former in (
        replace(kafka, password=known["kafka"]["intake"]),
        replace(controller, password=known["kafka"]["controller"]),
    ):
        with pytest.raises(KafkaError), closing(opened(former)):
            pass


def told(stack: Whole, kind: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(
        (stack.installation.secrets / f"{kind}.json").read_text("utf-8")
    )
    return found
