"""换主密钥: what a former master key has wrapped goes on, and a process notices the exchange."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from guiyi.stack.exchange import NotYet, exchange_master, forget_former
from shared.command import CommandEnvelope
from shared.config import Settings
from shared.decider import Asked
from shared.events.meaning import LookUpKind
from shared.personal.digest import Digester
from shared.personal.keys import Keys, KeyState, MasterKeyWrong, open_keys
from shared.personal.master import (
    MasterFile,
    MasterKey,
    exchange_master_key,
    forget_former_keys,
    make_master_key,
    read_master_key,
)
from shared.proof.key_ring import KeyRing, ProofWrapper
from shared.proof.mac import new_key
from shared.record.store import CommandRow, KeyReused
from shared.repeated import same_body
from tests.memory_keys import MemoryKeyStore
from tests.servers import Servers

OLD, OTHER = MasterKey(b"o" * 32), MasterKey(b"x" * 32)
NEW = MasterKey(b"n" * 32, (OLD,))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "master.key"
    make_master_key(made)
    return made


def test_a_running_process_notices_the_exchange(file: Path) -> None:
    master = MasterFile(file)
    before = master.now()
    made = exchange_master_key(file)
    assert master.now() == made == read_master_key(file)
    assert made.former == (before,)
    assert made.secret != before.secret
    assert file.stat().st_mode & 0o777 == 0o600
    again = exchange_master_key(file)
    assert master.now().former == (replace(made, former=()), before)
    assert forget_former_keys(file) == master.now() == replace(again, former=())


def test_a_file_that_is_gone_or_broken_changes_nothing(file: Path) -> None:
    master = MasterFile(file)
    before = master.now()
    file.write_text("no key")
    assert master.now() == before
    file.unlink()
    assert master.now() == before


def test_keys_wrapped_by_a_former_master_key_unwrap() -> None:
    store = MemoryKeyStore()
    material = Keys(store, OLD).key_for("customer-1")
    later = Keys(store, NEW)
    assert later.key_for("customer-1") == material
    second = later.key_for("customer-2")
    assert Keys(store, NEW).key_for("customer-2") == second
    with pytest.raises(MasterKeyWrong):
        Keys(store, OTHER).key_for("customer-1")


def test_the_look_up_is_searched_by_former_digests_as_well() -> None:
    old, new = (Digester(each).digests(LookUpKind.PHONE, "13800138000") for each in (OLD, NEW))
    assert old != new
    assert Digester(NEW).searched(LookUpKind.PHONE, "13800138000") == old | new
    assert Digester(OLD).searched(LookUpKind.PHONE, "13800138000") == old


def test_a_key_of_a_proof_unwraps_by_a_former_master_key() -> None:
    key = new_key()
    row = ProofWrapper(OLD).row("intake", 3, 1, 1, key)
    ring = KeyRing(NEW)
    ring.add([row])
    assert ring.key_at("intake", 3, 1) == key
    assert not ProofWrapper(NEW).is_present(row)
    assert ProofWrapper(NEW).is_present(ProofWrapper(NEW).row("intake", 3, 1, 1, key))


def test_a_command_that_came_before_the_exchange_is_known_by_its_body() -> None:
    asked = Asked("report-1", "wang", frozenset(), datetime.now(UTC), "HZ01")
    again = CommandEnvelope(uuid4(), object(), asked, body_mac=b"new")
    row = CommandRow(again.id, b"by the old key")
    same_body(row, replace(again, former_macs=[b"by the old key"]))
    with pytest.raises(KeyReused):
        same_body(row, replace(again, former_macs=[b"of another body"]))
    with pytest.raises(KeyReused):
        same_body(row, again)


def test_all_keys_are_wrapped_anew_and_the_look_up_is_filled_again(
    make_database: Callable[..., Settings], servers: Servers, tmp_path: Path
) -> None:
    settings, file = make_database("intake"), tmp_path / "master.key"
    make_master_key(file)
    keys = open_keys(settings.keys_worker_url, file)
    made = {subject: keys.key_for(subject) for subject in ("customer-1", "customer-2")}
    keys.key_for("customer-3")
    keys.destroy("customer-3")
    owner = servers.postgres.url("keys_owner", settings.keys_worker_url.rpartition("/")[2])
    assert exchange_master(file, owner) == 2
    assert exchange_master(file, owner) == 2, "and once more"
    with pytest.raises(NotYet):
        forget_former(replace(settings, master_key_file=file), owner)
    os.utime(file, (0, 0))
    assert forget_former(replace(settings, master_key_file=file), owner) == 2
    for each in (keys, open_keys(settings.keys_worker_url, file)):
        found = each.find(made, fresh=True)
        assert {subject: found[subject].material for subject in made} == made
        assert each.state("customer-3") is KeyState.DESTROYED


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_the_file_stays_that_of_who_reads_it(file: Path) -> None:
    os.chown(file, 61_000, 61_000)
    exchange_master_key(file)
    assert (file.stat().st_uid, file.stat().st_gid) == (61_000, 61_000)
    forget_former_keys(file)
    assert file.stat().st_uid == 61_000
