"""The desk of a play: how long a token of its people is used."""

import time
from pathlib import Path

import pytest

from guiyi.play.desk import LIFE, RENEWED_S, Desk
from guiyi.play.people import CLERK, KEEPER
from shared.token import make_key_pair


def test_a_play_that_lasts_longer_than_a_token_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    make_key_pair(tmp_path / "private.pem", tmp_path / "public.pem")
    with Desk({}, tmp_path / "private.pem", "HZ01") as desk:
        monkeypatch.setattr(time, "monotonic", lambda: now)
        first = desk.token(CLERK)
        assert first not in (desk.token(KEEPER), "")
        assert desk.token(CLERK) == first
        now += RENEWED_S
        assert desk.token(CLERK) != first
    assert LIFE.total_seconds() > RENEWED_S
