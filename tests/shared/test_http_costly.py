"""Bodies that are made to cost time: refused by name, and soon, however they are put together."""

import json
import time
from collections.abc import Iterator

import pytest

from shared.http.body import DEPTH, MARKS, VALUES
from shared.http.problem import MOST
from tests.shared.http_desk import WebDesk, codes
from tests.shared.http_toy import OPEN, toy_desk

pytestmark = pytest.mark.usefixtures("as_a_web_process")
CPU_S = 0.5
NESTED = json.loads("[" * (DEPTH + 2) + "]" * (DEPTH + 2))
LONG_KEY = "k" * 300_000


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDesk]:
    with toy_desk(tmp_path_factory.mktemp("desk")) as made:
        yield made


def refused(desk: WebDesk, body: object) -> tuple[str, str]:
    """The first code and its field; the answer took little of the processor."""
    began = time.process_time()
    content = json.dumps(body, ensure_ascii=False).encode()
    named = desk.headers(Idempotency_Key="k", Content_Type="application/json")
    told = desk.client.request("POST", "/v1/toys", content=content, headers=named)
    assert time.process_time() - began < CPU_S
    assert told.status_code == 422
    first = told.json()["reasons"][0]
    return first["code"], first["numbers"]["field"]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({f"k{n}": n for n in range(VALUES)}, ("too-many-values", f"k{VALUES - 1}")),
        ({**OPEN, "things": ["x"] * 2 * VALUES}, ("too-many-values", "things")),
        ({**OPEN, "name": "a" + "\u0345" * 50_000 + "\u0334" * 50_000}, ("too-many-marks", "name")),
        ({**OPEN, "things": NESTED}, ("nested-too-deeply", "things")),
        ({LONG_KEY: ["x"] * VALUES}, ("too-many-values", LONG_KEY[:80])),
    ],
    ids=["unknown keys", "items", "combining marks", "levels", "a long key"],
)
def test_a_body_that_would_cost_time_is_refused(
    desk: WebDesk, body: object, wanted: tuple[str, str]
) -> None:
    code, field = refused(desk, body)
    assert (code, field[: len(wanted[1])]) == wanted


def test_a_name_with_as_many_marks_as_a_writing_needs_is_taken(desk: WebDesk) -> None:
    named = {**OPEN, "name": "a" + "\u0345" * MARKS}
    assert desk.post("/v1/toys", named).status_code == 201


def test_of_very_many_reasons_the_first_are_told(desk: WebDesk) -> None:
    told = desk.post("/v1/toys", {**OPEN, **{f"k{n}": n for n in range(3 * MOST)}})
    found = codes(told)
    assert found == ["field-unknown"] * MOST + ["and-more"]
    assert told.json()["reasons"][-1]["numbers"] == {"count": 2 * MOST}


def test_any_word_may_be_a_method_and_makes_no_metric_of_its_own(desk: WebDesk) -> None:
    for number in range(20):
        desk.client.request(f"M{number}X", "/v1/toys")
    shown = desk.client.request("GET", "/metrics").text
    assert 'method="OTHER"' in shown
    assert "M0X" not in shown
