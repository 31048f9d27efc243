"""The desk of a play: how long a token is used, and how soon it is looked again."""

import time
from pathlib import Path

import pytest

from guiyi.play.desk import GROWTH, LIFE, LOOK, RENEWED_S, Desk
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


@pytest.mark.parametrize("look", [LOOK, 0.1])
def test_it_is_looked_again_as_soon_as_was_said_and_then_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: float
) -> None:
    paused = list[float]()
    monkeypatch.setattr(time, "sleep", paused.append)
    with Desk({}, tmp_path / "no-key.pem", "HZ01", look=look) as desk:
        moments = desk.moments()
        for _ in range(3):
            next(moments)
    assert paused == [look, look * GROWTH]
