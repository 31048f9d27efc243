"""Stories of questions over HTTP: pages, filters, one's own writes, and who reads what."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.personal.seal import ERASED, HIDDEN, LOST
from tests.shared.http_desk import WebDesk, codes
from tests.shared.http_toy import NOTE, OPEN, toy_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[WebDesk]:
    with toy_desk(tmp_path) as made:
        yield made


def opened(desk: WebDesk, branch: str = "HZ", name: str = "王小明") -> str:
    token = desk.staff("opener", ["clerk"], ["*"])
    told = desk.post("/v1/toys", {**OPEN, "branch": branch, "name": name}, token)
    ticket: str = told.json()["ticket"]
    return ticket


def test_pages_show_every_row_once_in_order(desk: WebDesk) -> None:
    tickets = [opened(desk) for _ in range(7)]
    seen, after, pages = [], "", 0
    while True:
        page = desk.get(f"/v1/toys?limit=3{after}").json()
        seen += [row["ticket"] for row in page["rows"]]
        pages += 1
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
        if pages == 1:
            tickets.append(opened(desk))
    assert (seen, pages) == (tickets, 3)


def test_a_page_that_is_exactly_full_may_be_the_last(desk: WebDesk) -> None:
    tickets = [opened(desk) for _ in range(3)]
    page = desk.get("/v1/toys?limit=3").json()
    assert [row["ticket"] for row in page["rows"]] == tickets
    assert page["next"] is None


def test_filters_and_walls_hold_together(desk: WebDesk) -> None:
    mine, other = opened(desk), opened(desk, "SH")
    noted = opened(desk)
    desk.post(f"/v1/toys/{noted}/notes", NOTE)
    assert tickets(desk, "/v1/toys") == [mine, noted]
    assert tickets(desk, "/v1/toys?notes=1") == [noted]
    both = desk.staff("c", ["clerk"], ["HZ", "SH"])
    assert sorted(tickets(desk, "/v1/toys?notes=0", both)) == sorted([mine, other])


def tickets(desk: WebDesk, path: str, token: str | None = None) -> list[str]:
    return [row["ticket"] for row in desk.get(path, token).json()["rows"]]


def test_who_writes_may_read_it_back_at_once(desk: WebDesk) -> None:
    written = desk.post("/v1/toys", OPEN)
    token = written.headers["x-token"]
    ticket = written.json()["ticket"]
    seen = [f"/v1/{place}" for place in ("toys", f"toy-rows/{ticket}", f"toys/{ticket}")]
    for path in (*seen, f"/v1/tickets/{ticket}/history"):
        read = desk.get(path, X_Token=token)
        assert (read.status_code, read.headers["x-fresh"]) == (200, "true")
    assert desk.get("/v1/toys", X_Token=token).json()["fresh"] is True


def test_what_is_not_there_yet_is_said_to_be_old(desk: WebDesk) -> None:
    ahead = desk.get("/v1/toys", X_Token="toy:0=99")
    assert (ahead.headers["x-fresh"], ahead.json()["fresh"]) == ("false", False)


def test_another_rooms_token_says_nothing_here(desk: WebDesk) -> None:
    read = desk.get("/v1/toys", X_Token="dispatch:0=1,3=2")
    assert (read.headers["x-fresh"], read.json()["fresh"]) == ("unknown", None)
    assert "x-fresh" not in desk.get("/v1/toys").headers


@pytest.mark.parametrize("token", ["", "toy", "toy:", "toy:1", "toy:1=2;", "toy:a=b", "toy:-1=2"])
def test_a_token_that_is_none_is_refused(desk: WebDesk, token: str) -> None:
    told = desk.get("/v1/toys", X_Token=token)
    assert (told.status_code, codes(told)) == (400, ["header"])


@pytest.mark.parametrize(
    ("roles", "query", "name"),
    [
        (["clerk"], "", "王小明"),
        (["technician"], "", "王小明"),
        (["operator"], "", HIDDEN),
        (["operator"], "?open=true&because=投诉", HIDDEN),
        (["auditor"], "", HIDDEN),
        (["auditor"], "?open=true&because=投诉", "王小明"),
        (["auditor", "operator"], "?open=0", HIDDEN),
    ],
)
def test_personal_texts_are_opened_by_right(
    desk: WebDesk, roles: list[str], query: str, name: str
) -> None:
    ticket, token = opened(desk), desk.staff("reader", roles, ["HZ"])
    assert desk.get(f"/v1/toys/{ticket}{query}", token).json()["opened"]["name"] == name
    assert desk.get(f"/v1/toy-rows/{ticket}{query}", token).json()["name"] == name
    (row,) = desk.get(f"/v1/toys{query}", token).json()["rows"]
    assert row["name"] == name
    (step,) = desk.get(f"/v1/tickets/{ticket}/history{query}", token).json()["rows"]
    assert step["data"]["name"] == name


def test_what_was_erased_stays_closed_to_everybody(desk: WebDesk) -> None:
    gone, here = opened(desk), opened(desk, name="李四")
    desk.keys.destroy(f"toy-{gone}")
    names = {row["ticket"]: row["name"] for row in desk.get("/v1/toys").json()["rows"]}
    assert names == {gone: ERASED, here: "李四"}


def test_a_text_whose_key_is_lost_says_so_and_hides_no_other(desk: WebDesk) -> None:
    lost, here = opened(desk), opened(desk, name="李四")
    desk.keys._store._keys.pop(f"toy-{lost}")  # type: ignore[attr-defined]
    desk.keys._cache.drop([f"toy-{lost}"])
    names = {row["ticket"]: row["name"] for row in desk.get("/v1/toys").json()["rows"]}
    assert names == {lost: LOST, here: "李四"}


def test_a_history_tells_each_fact_with_both_clocks_and_its_place(desk: WebDesk) -> None:
    ticket = opened(desk)
    desk.post(f"/v1/toys/{ticket}/notes", NOTE)
    first, second = desk.get(f"/v1/tickets/{ticket}/history").json()["rows"]
    assert (first["type"], first["zh"], first["en"]) == ("ToyOpened", "开单", "opened")
    assert (second["type"], second["zh"], second["data"]) == ("ToyNoted", "记一笔", NOTE)
    assert (second["actor"], second["branch"], second["room"]) == ("clerk-1", "HZ", "toy")
    assert (first["version"], second["version"]) == (1, 2)
    assert second["seq"] == first["seq"] + 1
    stored = desk.store.ticket_facts(ticket, None)
    assert [first["hash"], second["hash"]] == [each.hash.hex() for each in stored]
    assert first["recorded_at"] <= second["recorded_at"]
