"""The stack with TLS: every process of a room, and the operator's commands, come to Kafka by it."""

import asyncio
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from guiyi.stack.installation import Installation
from guiyi.stack.kafka import ADMIN
from guiyi.stack.plan import TLS, Plan
from shared.broker.admin import opened
from shared.kafka_access import KafkaAccess
from shared.worker.offsets import BrokerSilent, ends
from tests.stack.test_cli_stack import READY_S, asked, guiyi, told
from tests.stack.test_cli_stack import state as state  # noqa: PLC0414 - a fixture

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


def test_a_room_works_over_tls_and_nobody_comes_in_without(state: Path) -> None:
    options = ("--detach", "--rooms", "intake", "--timeout", str(READY_S))
    up = guiyi("up", state, *options, GUIYI_TLS="1")
    assert up.returncode == 0, up.stderr + up.stdout
    assert told(state)[1]["state"] == "ready"
    assert asked("lag", state, "intake")
    installation = Installation(state)
    ports = json.loads((state / "ports.json").read_text("utf-8"))
    access = Plan(installation, environ={TLS: "1"}).node(ports).access(ADMIN)
    assert access.ca_file == state / "ca.pem"
    with closing(opened(access)) as client:
        assert "journal.intake" in client.list_topics()
    for other in (
        replace(access, protocol="SASL_PLAINTEXT", ca_file=None),
        replace(access, ca_file=None),  # the system knows nothing of our authority
        KafkaAccess(access.bootstrap, "SSL", ca_file=access.ca_file),
    ):
        with pytest.raises(BrokerSilent):
            asyncio.run(ends(other, [("journal.intake", 0)]))


def test_a_certificate_lasts_and_is_renewed_before_it_ends(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.make(["intake"])
    made = installation.certificate("kafka")
    kept = made.keystore.read_bytes()
    assert installation.certificate("kafka").keystore.read_bytes() == kept
    assert made.keystore.stat().st_mode & 0o077 == 0
    made.keystore.unlink()
    assert installation.certificate("kafka").keystore.read_bytes() != kept
