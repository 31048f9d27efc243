"""主密钥: a file that only its owner can read, made once, never shown."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.personal.master import (
    MasterKey,
    MasterKeyUnusable,
    make_master_key,
    read_master_key,
    write_once,
)

MASTER = MasterKey(bytes(range(32)))


def test_a_master_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "master.key"
    made = make_master_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert make_master_key(file) == made == read_master_key(file)
    assert [path.name for path in file.parent.iterdir()] == ["master.key"]


@pytest.mark.parametrize(
    "text",
    [
        MASTER.secret.hex(),
        MASTER.secret.hex().upper() + "\n",
        base64.b64encode(MASTER.secret).decode(),
        base64.urlsafe_b64encode(MASTER.secret).decode().rstrip("="),
    ],
)
def test_a_master_key_is_hex_or_base64(tmp_path: Path, text: str) -> None:
    file = tmp_path / "master.key"
    write_once(file, text.encode(), mode=0o600)
    assert read_master_key(file) == MASTER


@pytest.mark.parametrize("text", ["", "secret", MASTER.secret.hex()[:-2], "密钥" * 10, "0" * 9999])
def test_what_is_no_master_key_is_not_shown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "master.key"
    write_once(file, text.encode(), mode=0o600)
    with pytest.raises(MasterKeyUnusable, match="32 bytes") as no:
        read_master_key(file)
    assert not text or text not in repr(no.value)
    assert no.value.__context__ is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_master_key_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "master.key"
    make_master_key(file)
    file.chmod(mode)
    with pytest.raises(MasterKeyUnusable, match="chmod 600"):
        read_master_key(file)


def test_an_absent_master_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyUnusable, match=r"none\.key.*KEYS_MASTER_FILE"):
        read_master_key(tmp_path / "none.key")
    with pytest.raises(MasterKeyUnusable):
        read_master_key(tmp_path)


def test_who_writes_at_the_same_time_leaves_one_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: make_master_key(file), range(16)))
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_each_purpose_has_a_key_of_its_own() -> None:
    derived = [MASTER.derive("one"), MASTER.derive("two"), MasterKey(bytes(32)).derive("one")]
    assert len(set(derived)) == 3
    assert MASTER.derive("one") == derived[0]
    assert MASTER.derive("one", 64)[:32] == derived[0]
    assert MASTER.secret not in derived
