"""Who plays the sender's role: the rooms with an outbox, where it is said by whom it goes."""

from pathlib import Path

import pytest

from guiyi.rooms import ROOMS, wiring
from guiyi.stack.installation import Installation
from guiyi.stack.plan import Plan
from shared.config import SettingMissing, read
from shared.notices import outbox


def planned(folder: Path, **environ: str) -> Plan:
    installation = Installation(folder)
    installation.make(ROOMS)
    return Plan(installation, environ=environ)


def test_nobody_sends_unless_it_is_said_by_whom(tmp_path: Path) -> None:
    assert not [name for name, role in planned(tmp_path).crew() if role == "sender"]
    plan = planned(tmp_path, NOTICES_FILE="/etc/guiyi/notices.toml")
    senders = [name for name, role in plan.crew() if role == "sender"]
    assert senders == [f"{room}-sender" for room in ROOMS]


def test_every_room_that_sends_has_an_outbox() -> None:
    assert [room for room in ROOMS if outbox in wiring(room).views] == [*ROOMS]


def test_a_sender_is_told_its_own_logins_and_nobody_else_the_gateways(tmp_path: Path) -> None:
    plan = planned(tmp_path, NOTICES_FILE="/etc/guiyi/notices.toml")
    told = plan.environment(plan.ports())
    given = plan.program(told, 1, "dispatch-sender", "sender").environ
    own = {name for name, value in given.items() if value and name.endswith("_URL")}
    assert own >= {"DISPATCH_SENDER_URL", "KEYS_SENDER_URL"}
    assert not own & {"DISPATCH_RUNTIME_URL", "DISPATCH_WORKER_URL", "KEYS_URL", "KEYS_WORKER_URL"}
    assert given["NOTICES_FILE"] == "/etc/guiyi/notices.toml"
    for role in ("web", "relay", "worker"):
        others = plan.program(told, 1, f"dispatch-{role}", role).environ
        assert not others.get("NOTICES_FILE")
        assert not others.get("DISPATCH_SENDER_URL")


def test_a_sender_does_not_start_without_its_gateways(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    told = plan.environment(plan.ports())
    with pytest.raises(SettingMissing, match="NOTICES_FILE"):
        read("dispatch", told, roles=["sender"])
