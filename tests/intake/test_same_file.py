"""同一文件 (the same file): several bring it for one paper, and each may name what they brought."""

from typing import Any

import pytest

from guiyi.play.evidence import drawing
from shared.events.report_form import BasicsField
from shared.record.files import StoredFile
from tests import memory_files
from tests.intake.desk import CLERK, CUSTOMER, EXAMPLES, Intake
from tests.intake.test_files import photo
from tests.shared.http_desk import codes

PNG = drawing()
AT = f"/v1/files/{photo()['sha256']}"


def signing(intake: Intake, path: str, token: str) -> Any:
    """A technician signs the diagnosis by the drawing."""
    body = {"content": intake.content(path), "how": "drawn", "evidence": photo()}
    return intake.desk.post(f"{path}/signatures", body, token)


def diagnosed(intake: Intake) -> tuple[str, str, str]:
    """A report, its number, and a technician of the branch who has no part in it."""
    path = intake.opened().diagnosed()
    chen = intake.desk.staff("T-CHEN", ["technician"], ["HZ01"])
    return path, path.rpartition("/")[2], chen


def test_who_brings_what_is_there_already_names_it(intake: Intake) -> None:
    path, ticket, chen = diagnosed(intake)
    intake.done(intake.desk.bring(ticket, PNG, intake.clerk))
    assert codes(signing(intake, path, chen)) == ["file-unknown"], "whoever knows the hash alone"
    assert intake.desk.get(AT, chen).status_code == 404
    brought = intake.desk.bring(ticket, PNG, chen)
    assert brought.status_code == 201, "nobody learns that another brought it"
    assert intake.desk.bring(ticket, PNG, chen).status_code == 200
    assert intake.desk.get(AT, chen).content == PNG
    intake.done(signing(intake, path, chen))
    ((file, _),) = intake.desk.files.kept.values()
    assert file.stored_by == CLERK, "the content is kept once"


def test_of_two_at_the_same_moment_both_name_it(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, ticket, chen = diagnosed(intake)
    files, add = intake.desk.files, intake.desk.files.add

    def add_after_another(file: StoredFile, sealed: bytes) -> None:
        monkeypatch.setattr(files, "add", add)
        intake.done(intake.desk.bring(ticket, PNG, intake.clerk))
        add(file, sealed)

    monkeypatch.setattr(files, "add", add_after_another)
    intake.done(intake.desk.bring(ticket, PNG, chen))
    ((file, _),) = files.kept.values()
    assert file.stored_by == CLERK
    assert intake.desk.get(AT, chen).content == PNG
    intake.done(signing(intake, path, chen))


def test_what_another_branch_has_is_told_to_nobody(intake: Intake) -> None:
    path, ticket, chen = diagnosed(intake)
    there = intake.desk.staff("C-SH", ["clerk"], ["SH02"])
    asked = {"asked_unknown": list(BasicsField)}
    body = {**EXAMPLES["reports"], "branch": "SH02", "basics": asked, "equipment": {}}
    other = intake.done(intake.desk.post("/v1/reports", body, there)).json()["ticket"]
    intake.done(intake.desk.bring(other, PNG, there))
    assert codes(signing(intake, path, chen)) == ["file-unknown"]
    assert intake.desk.bring(other, PNG, chen).status_code == 404
    assert intake.desk.bring(ticket, PNG, chen).status_code == 201
    intake.done(signing(intake, path, chen))
    for reader, paper in ((chen, other), (there, ticket)):
        assert intake.desk.get(f"{AT}?paper={paper}", reader).status_code == 404
    kept = {(file.branch, file.stored_by) for file, _ in intake.desk.files.kept.values()}
    assert kept == {("HZ01", "T-CHEN"), ("SH02", "C-SH")}
    assert intake.desk.files.bringers == {}


def test_who_is_not_known_any_more_brings_it_again(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_files, "BRINGERS", 1)
    path, ticket, chen = diagnosed(intake)
    for token in (intake.clerk, chen, intake.technician):
        intake.done(intake.desk.bring(ticket, PNG, token))
    assert codes(signing(intake, path, chen)) == ["file-unknown"]
    intake.done(intake.desk.bring(ticket, PNG, chen))
    intake.done(signing(intake, path, chen))


def test_what_waits_of_one_is_not_what_waits_of_another(intake: Intake) -> None:
    intake.opened()
    tokens = {"reports": intake.clerk, "my-reports": intake.customer}
    for token in tokens.values():
        assert intake.desk.bring(None, PNG, token).status_code == 201
    for path, token in tokens.items():
        body = {**EXAMPLES[path], "circumstances": {"photos": [photo()]}}
        intake.done(intake.desk.post(f"/v1/{path}", body, token))
    kept = {file.stored_by for file, _ in intake.desk.files.kept.values()}
    assert kept == {CLERK, CUSTOMER}


def test_for_whom_was_erased_nobody_brings_it_again(intake: Intake) -> None:
    _, ticket, chen = diagnosed(intake)
    intake.done(intake.desk.bring(ticket, PNG, intake.clerk))
    intake.done(intake.desk.bring(ticket, PNG, chen))
    intake.desk.keys.destroy(f"customer-{CUSTOMER}")
    for token in (intake.clerk, chen):
        assert intake.desk.get(f"{AT}?paper={ticket}", token).status_code == 404
        told = intake.desk.bring(ticket, PNG, token)
        assert (told.status_code, codes(told)) == (422, ["subject-erased"])
