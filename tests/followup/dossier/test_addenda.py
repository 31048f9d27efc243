"""补充归档 as stories: what comes after the filing is filed on top, and nothing filed changes."""

from dataclasses import replace
from typing import Any

from services.followup import dossier
from services.followup.dossier.addenda import MOST, FileAddendum, digest_on
from services.followup.dossier.custody import LendPaper
from services.followup.dossier.filing import digest_of
from services.followup.dossier.state import sheet_of
from shared.events.custody import AddendumFiled, PaperLent, PaperRef
from shared.events.followup import DossierFiled, PaperAdded, PaperKind, SurveyStage
from shared.events.order_sheet import Standing
from shared.events.values import FileRef
from tests.followup.example import ADDED, ALL, ASKED, AT, CLERK, FILE, LIU, REPORT, TICKET, by
from tests.spec import given

FOUND = FileRef("检测报告.pdf", "5f" * 32, "application/pdf", 900)
FILED = DossierFiled(ALL, digest_of(ALL), CLERK)
WHOLE = (ASKED, *ADDED, FILED)
LATER = replace(REPORT, version=12, content="e" * 64)
ADD = FileAddendum(FOUND, "厂家的检测报告")


def addendum(n: int, before: str, **changed: Any) -> AddendumFiled:
    """The n-th one, on top of what has this digest."""
    plain = AddendumFiled(f"{TICKET}-A{n}", FOUND, ADD.because, (), CLERK, before)
    made = replace(plain, **changed)
    return replace(made, digest=digest_on(before, made))


FIRST = addendum(1, FILED.digest)


def test_a_file_is_added_once_with_a_digest_on_top() -> None:
    filed = given(dossier, *WHOLE)
    filed.when(ADD, by(home=FILE)).then(FIRST)
    added = given(dossier, *WHOLE, FIRST)
    added.when(ADD, by(home=FILE)).then()
    again = replace(ADD, because="再附一次")
    added.when(again, by(home=FILE)).refused_with("addendum-twice", name=FOUND.name)
    other = replace(FOUND, sha256="6a" * 32)
    second = addendum(2, FIRST.digest, file=other)
    added.when(replace(ADD, file=other), by(home=FILE)).then(second)
    assert len({FILED.digest, FIRST.digest, second.digest}) == 3


def test_nothing_is_added_to_what_is_not_filed() -> None:
    open_file = given(dossier, ASKED, *ADDED)
    open_file.when(ADD, by(home=FILE)).refused_with("not-filed", ticket=TICKET)


def test_what_was_filed_stays_with_its_digest_and_what_came_late_is_under_the_next_one() -> None:
    late = given(dossier, *WHOLE, PaperAdded(LATER))
    told = addendum(1, FILED.digest, late=(LATER,))
    late.when(ADD, by(home=FILE)).then(told)
    after = given(dossier, *WHOLE, PaperAdded(LATER), told).state
    sheet = sheet_of(TICKET, after, SurveyStage.ANSWERED)
    assert (sheet.papers, sheet.digest, sheet.addenda) == (ALL, FILED.digest, (told,))
    assert after.digest == told.digest != FIRST.digest


def test_the_digest_of_an_addendum_is_of_all_that_it_brings() -> None:
    parts: dict[str, Any] = {
        "file": replace(FOUND, sha256="5e" * 32),
        "because": "厂家的检测报告.",
        "late": (LATER,),
        "filed_by": LIU,
        "number": f"{TICKET}-A2",
    }
    for name, said in parts.items():
        assert digest_on(FILED.digest, replace(FIRST, **{name: said})) != FIRST.digest, name
    assert digest_on("0" * 64, FIRST) != FIRST.digest


def test_a_dossier_has_so_many_addenda() -> None:
    facts = [
        replace(FIRST, number=f"{TICKET}-A{n}", file=replace(FOUND, sha256=f"{n:064x}"))
        for n in range(1, MOST + 1)
    ]
    given(dossier, *WHOLE, *facts).when(ADD, by(home=FILE)).refused("too-many")


def test_an_addendum_is_lent_like_any_paper() -> None:
    paper, until = PaperRef(PaperKind.ADDENDUM, FIRST.number), AT.replace(year=2027)
    fit = Standing(LIU, known=True, active=True)
    lend = LendPaper(paper, LIU, "要复印", until, fit)
    lent = PaperLent(paper, LIU, "要复印", until, CLERK, None)
    given(dossier, *WHOLE, FIRST).when(lend, by(home=FILE)).then(lent)
