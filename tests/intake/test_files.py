"""照片 of a fault: brought before its report has a number, or for it; nobody names what is not."""

import hashlib
from typing import Any

import pytest

from guiyi.play.evidence import drawing
from shared.http import kept_files
from tests.intake.desk import CLERK, CUSTOMER, EXAMPLES, Intake
from tests.shared.http_desk import codes
from tests.shared.test_media import PLAIN, png

PNG, PDF = drawing(), PLAIN["pdf"]


def photo(content: bytes = PNG, kind: str = "image/png") -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {"name": "漏液", "sha256": digest, "media_type": kind, "size": len(content)}


def named(*photos: dict[str, Any], example: str = "reports") -> dict[str, Any]:
    return {**EXAMPLES[example], "circumstances": {"photos": list(photos or [photo()])}}


@pytest.mark.parametrize("path", ["reports", "my-reports"])
def test_a_report_names_what_was_brought_before_it_had_a_number(intake: Intake, path: str) -> None:
    intake.opened()
    token = intake.clerk if path == "reports" else intake.customer
    body = named(example=path)
    told = intake.desk.post(f"/v1/{path}", body, token)
    (why,) = told.json()["reasons"]
    assert (codes(told), why["numbers"]["door"]) == (["file-unknown"], "/v1/files")
    assert why["numbers"]["field"] == "circumstances.photos.0"
    intake.done(intake.desk.bring(None, PNG, token))
    assert intake.desk.get(f"/v1/files/{photo()['sha256']}", token).content == PNG
    taken = intake.done(intake.desk.post(f"/v1/{path}", body, token, Idempotency_Key="once"))
    ticket = taken.json()["ticket"]
    ((file, _),) = intake.desk.files.kept.values()
    assert (file.stream, file.branch) == (f"report-{ticket}", "HZ01")
    assert (file.subject, file.stored_by) == (
        f"customer-{CUSTOMER}",
        CUSTOMER if path != "reports" else CLERK,
    )
    for reader in (token, intake.clerk):
        read = intake.desk.get(f"/v1/files/{file.sha256}?paper={ticket}", reader)
        assert read.content == PNG
    again = intake.done(intake.desk.post(f"/v1/{path}", body, token, Idempotency_Key="once"))
    assert again.json()["ticket"] == ticket
    assert codes(intake.desk.post(f"/v1/{path}", body, token)) == ["file-unknown"]


def test_a_continued_ticket_takes_what_was_brought_with_it(intake: Intake) -> None:
    path = intake.opened().imported("77")
    assert codes(intake.desk.post(path, named(), intake.clerk)) == ["file-unknown"]
    intake.done(intake.desk.bring(None, PNG, intake.clerk))
    ticket = intake.done(intake.desk.post(path, named(), intake.clerk)).json()["ticket"]
    ((file, _),) = intake.desk.files.kept.values()
    assert file.stream == f"report-{ticket}"


def test_what_an_answer_could_not_settle_the_same_command_settles_later(intake: Intake) -> None:
    intake.opened()
    intake.done(intake.desk.bring(None, PNG, intake.clerk))
    before = dict(intake.desk.files.kept)
    intake.done(intake.desk.post("/v1/reports", named(), intake.clerk, Idempotency_Key="once"))
    intake.desk.files.kept = before  # as if the process had ended before it was settled
    told = intake.desk.post("/v1/reports", named(), intake.clerk, Idempotency_Key="once")
    ((file, _),) = intake.desk.files.kept.values()
    assert file.stream == f"report-{intake.done(told).json()['ticket']}"


def test_nobody_names_what_another_brought_or_what_is_otherwise(intake: Intake) -> None:
    intake.opened()
    intake.done(intake.desk.bring(None, PNG, intake.technician))
    for wrong in (photo(), {**photo(), "size": 9}, {**photo(), "media_type": "image/jpeg"}):
        told = intake.desk.post("/v1/reports", named(wrong), intake.clerk)
        assert codes(told) == ["file-unknown"]
    assert intake.desk.get(f"/v1/files/{photo()['sha256']}", intake.clerk).status_code == 404
    told = intake.desk.post("/v1/my-reports", named(example="my-reports"), intake.customer)
    assert codes(told) == ["file-unknown"]


def test_a_photo_is_a_picture(intake: Intake) -> None:
    path = intake.opened().reported()
    ticket = path.rpartition("/")[2]
    body = {"circumstances": {"photos": [photo(), photo(PDF, "application/pdf")]}}
    told = intake.desk.post(f"{path}/basics", body, intake.clerk)
    assert [w["numbers"]["door"] for w in told.json()["reasons"]] == [
        f"/v1/files?paper={ticket}"
    ] * 2
    for content in (PNG, PDF):
        intake.done(intake.desk.bring(ticket, content, intake.clerk))
    told = intake.desk.post(f"{path}/basics", body, intake.clerk)
    (why,) = told.json()["reasons"]
    assert (codes(told), why["numbers"]["field"]) == (["file-no-picture"], "circumstances.photos.1")
    body["circumstances"]["photos"].pop()
    intake.done(intake.desk.post(f"{path}/basics", body, intake.clerk))


def test_so_much_waits_for_a_paper_and_no_more(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.opened()
    monkeypatch.setattr(kept_files, "WAITING_BYTES", len(PNG))
    intake.done(intake.desk.bring(None, PNG, intake.customer))
    told = intake.desk.bring(None, png(), intake.customer)
    assert (told.status_code, codes(told)) == (422, ["files-waiting"])
    intake.done(intake.desk.bring(None, png(), intake.clerk))


def test_who_makes_no_paper_says_for_which_it_is(intake: Intake) -> None:
    intake.opened()
    told = intake.desk.bring(None, PNG, intake.operator)
    assert (told.status_code, codes(told)) == (422, ["paper-needed"])
    ticket = intake.reported().rpartition("/")[2]
    told = intake.desk.bring(ticket, PNG, intake.customer)
    assert (told.status_code, codes(told)) == (404, ["unknown"])


def test_an_erased_customer_has_no_photo_left(intake: Intake) -> None:
    intake.opened()
    intake.done(intake.desk.bring(None, PNG, intake.customer))
    intake.desk.keys.destroy(f"customer-{CUSTOMER}")
    assert intake.desk.get(f"/v1/files/{photo()['sha256']}", intake.customer).status_code == 404
