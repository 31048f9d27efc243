"""文件 over HTTP: a picture is brought for an order, proves a signature, and is read again."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from psycopg2.errors import DiskFull

from guiyi.play.evidence import drawing
from shared.events.values import Role, SignedHow
from shared.http import arrivals
from shared.http.problem import Problem
from shared.record.database import translating_errors
from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch
from tests.dispatch.example import BRANCH, NUMBER
from tests.shared.http_desk import codes
from tests.shared.test_media import PLAIN, TELLING, png

PNG = drawing()
HASH = hashlib.sha256(PNG).hexdigest()
AT = f"/v1/files/{HASH}"


def test_what_was_brought_is_read_again_byte_for_byte(dispatch: Dispatch) -> None:
    dispatch.signed()
    brought = dispatch.desk.bring(NUMBER, PNG, dispatch.liu)
    assert (brought.status_code, brought.headers["location"]) == (201, AT)
    assert brought.json() == {"sha256": HASH, "media_type": "image/png", "size": len(PNG)}
    again = dispatch.desk.bring(NUMBER, PNG, dispatch.liu)
    assert (again.status_code, again.json()) == (200, brought.json())
    read = dispatch.desk.get(AT, dispatch.clerk)
    assert (read.status_code, read.content) == (200, PNG)
    assert dispatch.desk.get(f"{AT}?paper={NUMBER}", dispatch.liu).content == PNG
    assert dispatch.desk.get(f"{AT}?paper={NUMBER[:-1]}9", dispatch.liu).status_code == 404
    assert read.headers["content-type"] == "image/png"
    assert read.headers["x-content-type-options"] == "nosniff"


def somebody(dispatch: Dispatch, role: Role, branch: str) -> str:
    """The token of a person with this role alone, or of a customer."""
    actor = f"P-{role.value}-{branch}".upper()
    if role is Role.CUSTOMER:
        return dispatch.desk.token(actor, [role], [branch])
    return dispatch.desk.staff(actor, [role], [branch])


@pytest.mark.parametrize("role", Role)
def test_for_whoever_may_not_read_it_there_is_no_such_file(dispatch: Dispatch, role: Role) -> None:
    dispatch.signed()
    dispatch.done(dispatch.desk.bring(NUMBER, PNG, dispatch.liu))
    absent = "/v1/files/" + "0" * 64
    for branch in (BRANCH, "SH02"):
        token = somebody(dispatch, role, branch)
        told, nothing = dispatch.desk.get(AT, token), dispatch.desk.get(absent, token)
        may = branch == BRANCH and role == "clerk"  # the technician has another job
        closed = 403 if role is Role.CUSTOMER else 404
        assert told.status_code == (200 if may else closed)
        assert nothing.status_code == closed
        assert may or told.json()["reasons"][0]["code"] == nothing.json()["reasons"][0]["code"]


@pytest.mark.parametrize("role", Role)
def test_who_signs_nothing_of_the_paper_brings_nothing(dispatch: Dispatch, role: Role) -> None:
    dispatch.signed()
    here = dispatch.desk.bring(NUMBER, PNG, somebody(dispatch, role, BRANCH))
    away = dispatch.desk.bring(NUMBER, PNG, somebody(dispatch, role, "SH02"))
    closed = 403 if role is Role.CUSTOMER else 404
    assert here.status_code == (201 if role == "clerk" else closed)
    assert away.status_code == closed


def test_a_picture_that_tells_where_is_refused_unless_that_is_taken_out(dispatch: Dispatch) -> None:
    dispatch.signed()
    content = TELLING["jpeg with a place"]
    told = dispatch.desk.bring(NUMBER, content, dispatch.liu)
    assert (told.status_code, codes(told)) == (422, ["metadata-present"])
    kept = dispatch.done(dispatch.desk.bring(NUMBER, content, dispatch.liu, strip=True)).json()
    assert kept["sha256"] != hashlib.sha256(content).hexdigest()
    read = dispatch.desk.get(f"/v1/files/{kept['sha256']}", dispatch.liu)
    assert hashlib.sha256(read.content).hexdigest() == kept["sha256"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "file-empty"),
        (b"GIF89a", 422, "file-type-unknown"),
        (PNG[:-5], 422, "file-broken"),
        (PNG + bytes(10 * 1024 * 1024), 413, "too-large"),
    ],
    ids=["nothing", "another format", "half of it", "too much"],
)
def test_what_is_no_such_file_is_refused(
    dispatch: Dispatch, content: bytes, status: int, code: str
) -> None:
    dispatch.signed()
    told = dispatch.desk.bring(NUMBER, content, dispatch.liu)
    assert (told.status_code, codes(told)) == (status, [code])


def test_a_small_file_that_says_to_be_a_huge_picture_is_refused(dispatch: Dispatch) -> None:
    dispatch.signed()
    told = dispatch.desk.bring(NUMBER, png(wide=60_000, high=60_000), dispatch.liu)
    assert (told.status_code, codes(told)) == (422, ["picture-too-large"])


def test_a_full_disk_is_told_as_a_database_that_is_away(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch.signed()

    def full(*_: object) -> None:
        with translating_errors():
            raise DiskFull

    monkeypatch.setattr(dispatch.desk.files, "add", full)
    monkeypatch.setattr(DiskFull, "pgcode", "53100")
    told = dispatch.desk.bring(NUMBER, PNG, dispatch.liu)
    assert (told.status_code, codes(told)) == (503, ["unavailable"])


def test_one_process_holds_so_many_bytes_of_files_and_no_more(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch.signed()
    monkeypatch.setattr(arrivals, "OF_ONE", len(PNG))
    for _ in range(3):
        assert dispatch.desk.bring(NUMBER, PNG, dispatch.liu).is_success
    told = dispatch.desk.bring(NUMBER, PNG + b"0", dispatch.liu)
    assert (told.status_code, codes(told), told.headers["retry-after"]) == (503, ["busy"], "2")
    assert dispatch.desk.bring(NUMBER, PNG, dispatch.liu).is_success


def test_what_is_read_is_held_until_it_has_gone(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch.signed()
    dispatch.done(dispatch.desk.bring(NUMBER, PNG, dispatch.liu))
    monkeypatch.setattr(arrivals, "OF_ONE", len(PNG))
    for _ in range(3):
        assert dispatch.desk.get(AT, dispatch.clerk).content == PNG
    monkeypatch.setattr(arrivals, "OF_ALL", len(PNG) - 1)
    told = dispatch.desk.get(AT, dispatch.clerk)
    assert (told.status_code, codes(told)) == (503, ["busy"])


def test_what_is_on_its_way_to_somebody_slow_counts() -> None:
    held = arrivals.HeldFiles()
    gone = [held.leaving("K1", arrivals.FILE_LIMIT) for _ in range(2)]
    with pytest.raises(Problem):
        held.take("K1", 1)
    held.take("K2", 1)
    gone[0]()
    held.take("K1", arrivals.FILE_LIMIT)
    with pytest.raises(Problem):
        held.take("K3", arrivals.OF_ALL)


def test_of_an_erased_subject_nothing_stands_in_the_way_of_another_paper(
    dispatch: Dispatch,
) -> None:
    dispatch.signed()
    dispatch.done(dispatch.desk.bring(NUMBER, PNG, dispatch.liu))
    ((file, sealed),) = dispatch.desk.files.kept.values()
    dispatch.desk.files.add(replace(file, stream=f"{file.stream}9", subject="erased"), sealed)
    assert dispatch.desk.get(AT, dispatch.clerk).content == PNG


def test_every_known_format_is_taken(dispatch: Dispatch) -> None:
    dispatch.signed()
    for content in PLAIN.values():
        dispatch.done(dispatch.desk.bring(NUMBER, content, dispatch.liu))


def test_what_an_erased_customer_signed_is_gone(dispatch: Dispatch) -> None:
    path = dispatch.repaired()
    assert dispatch.desk.get(AT, dispatch.clerk).status_code == 200
    ((file, *_),) = dispatch.desk.files.kept.values()
    assert PNG not in dispatch.desk.files.kept[file.sha256, file.stream][1]
    dispatch.desk.keys.destroy(file.subject)
    assert dispatch.desk.get(AT, dispatch.clerk).status_code == 404
    assert dispatch.shown(path)["number"] == NUMBER


SIGNING = {"how": "drawn", "signer": "王小明"}


@pytest.mark.parametrize("how", [how for how in SignedHow if how is not SignedHow.SESSION])
def test_nobody_signs_for_a_customer_without_a_proof(dispatch: Dispatch, how: SignedHow) -> None:
    path = dispatch.there()
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/work-records", EXAMPLES["work-records"]))
    dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/endings", {"outcome": "done"}))
    body: dict[str, Any] = {**SIGNING, "how": how, "content": dispatch.shown(path)["work_content"]}
    token = dispatch.liu
    expected = "code-missing" if how is SignedHow.CODE else "evidence-missing"
    told = dispatch.does(dispatch.clerk, f"{path}/customer-signatures", body)
    paper = [] if how is SignedHow.PHOTO else ["signed-paper-needed"]
    assert (told.status_code, codes(told)) == (422, [*paper, expected])
    assert codes(dispatch.does(token, f"{path}/customer-signatures", body)) == [expected]
    never_brought = {"name": "x", "sha256": "0" * 64, "media_type": "image/png", "size": 9}
    told = dispatch.does(token, f"{path}/customer-signatures", {**body, "evidence": never_brought})
    unproved = [*(["code-missing"] if how is SignedHow.CODE else []), "file-unknown"]
    assert codes(told) == unproved
    of_another = dispatch.done(dispatch.desk.bring(NUMBER, PNG, dispatch.liu)).json()
    wrong = {"name": "x", **of_another, "size": of_another["size"] + 1}
    told = dispatch.does(token, f"{path}/customer-signatures", {**body, "evidence": wrong})
    assert codes(told) == unproved


def test_photos_of_the_work_are_kept_for_the_order(dispatch: Dispatch) -> None:
    path = dispatch.there()
    photo = {"name": "修好", "sha256": HASH, "media_type": "image/png", "size": len(PNG)}
    work = {"work": {**EXAMPLES["work-records"]["work"], "photos": [photo]}}
    told = dispatch.does(dispatch.liu, f"{path}/work-records", work)
    assert (told.status_code, codes(told)) == (422, ["file-unknown"])
    dispatch.done(dispatch.desk.bring(NUMBER, PNG, dispatch.liu))
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/work-records", work))
    told = dispatch.desk.bring(None, PNG, dispatch.clerk)
    assert (told.status_code, codes(told)) == (422, ["paper-needed"]), "only claims wait for files"
