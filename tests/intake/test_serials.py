"""One machine of a model has a serial number; another model with the same one is warned of."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from services.intake.app import room as wired
from tests.fuzz.served import on_postgres
from tests.intake.desk import EXAMPLES, Intake
from tests.shared.http_desk import codes, web_desk

M4 = {**EXAMPLES["machines"], "id": "GZ-M4", "serial_no": "SN-77 01"}


@pytest.fixture
def room(intake: Intake) -> Intake:
    intake.opened().done(intake.desk.post("/v1/machines", M4, intake.clerk))
    return intake


def register(room: Intake, **said: Any) -> Any:
    return room.desk.post("/v1/machines", {**M4, **said}, room.clerk)


@pytest.mark.parametrize(
    "serial_no", ["SN-77 01", "sn-77 01 ", "ＳＮ-7701", "SN-7701", "SN–7701\u200b"]
)
def test_two_machines_of_a_model_do_not_have_one_serial_number(
    room: Intake, serial_no: str
) -> None:
    told = register(room, id="GZ-M5", serial_no=serial_no)
    assert (told.status_code, codes(told)) == (422, ["serial-taken"])
    assert "GZ-M4" not in told.text


def test_another_model_with_the_same_serial_number_is_warned_of(room: Intake) -> None:
    told = room.done(register(room, id="GZ-M5", model="GX-900")).json()
    assert [each["code"] for each in told["warnings"]] == ["serial-of-another-model"]
    assert room.done(register(room, id="GZ-M6", serial_no="SN-1")).json()["warnings"] == []


def test_a_changed_card_takes_no_serial_number_that_another_has(room: Intake) -> None:
    room.done(register(room, id="GZ-M5", serial_no="SN-2"))
    card = {**M4, "id": "GZ-M5"}
    told = room.desk.change("/v1/machines/GZ-M5", card, room.clerk)
    assert codes(told) == ["serial-taken"]
    told = room.desk.change("/v1/machines/GZ-M5", {**card, "model": "GX-900"}, room.clerk)
    assert [each["code"] for each in told.json()["warnings"]] == ["serial-of-another-model"]
    told = room.desk.change("/v1/machines/GZ-M5", card, room.clerk)
    assert codes(told) == ["serial-taken"]


@pytest.mark.parametrize("change", [{"active": False}, {"serial_no": "SN-3"}])
def test_a_machine_that_is_retired_or_corrected_frees_its_number(
    room: Intake, change: dict[str, Any]
) -> None:
    room.done(room.desk.change("/v1/machines/GZ-M4", {**M4, **change}, room.clerk))
    room.done(register(room, id="GZ-M5"))
    back = room.desk.change("/v1/machines/GZ-M4", M4, room.clerk)
    assert codes(back) == ["serial-taken"]


def test_a_machine_without_a_serial_number_takes_none(room: Intake) -> None:
    unknown = {"serial_no": None, "serial_unknown_because": "铭牌脱落"}
    for number in ("GZ-M5", "GZ-M6"):
        assert room.done(register(room, id=number, **unknown)).json()["warnings"] == []


@pytest.fixture(params=["memory", pytest.param("real", marks=pytest.mark.stack)])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Intake]:
    """The room in memory and on PostgreSQL."""
    with ExitStack() as stack:
        fitted: Mapping[str, Any] = {}
        if request.param == "real":
            fitted = on_postgres(request.getfixturevalue("servers"), stack, wired)
        intake = Intake(stack.enter_context(web_desk(wired, tmp_path, **fitted)))
        intake.opened().done(intake.desk.post("/v1/machines", M4, intake.clerk))
        yield intake


def at_once(ask: Callable[[int], Any]) -> list[int]:
    """What eight who ask at the same moment are answered."""
    with ThreadPoolExecutor(8) as pool:
        return sorted(each.status_code for each in pool.map(ask, range(8)))


def test_of_several_that_come_at_once_one_has_the_serial_number(anywhere: Intake) -> None:
    told = at_once(lambda n: register(anywhere, id=f"GZ-N{n}", serial_no="SN-9"))
    assert told == [201, *[422] * 7]


def test_of_several_who_change_a_card_at_once_one_is_not_undone(anywhere: Intake) -> None:
    def change(n: int) -> Any:
        card = {**M4, "brand": f"B-{n}"}
        path = "/v1/machines/GZ-M4"
        return anywhere.desk.change(path, card, anywhere.clerk, If_Match='"1"')

    assert at_once(change) == [200, *[412] * 7]
