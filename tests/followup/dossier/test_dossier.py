"""四档归一 as stories: papers come in any order, are filed when all are there, and then stay."""

from dataclasses import replace

from services.followup import dossier, survey
from services.followup.dossier.collection import AddPaper, AskPapers
from services.followup.dossier.filing import FileDossier, digest_of
from services.followup.dossier.state import missing, sheet_of
from shared.decider import Asked
from shared.events.followup import (
    STATEMENTS,
    DossierFiled,
    DossierStage,
    Missing,
    Paper,
    PaperAdded,
    PaperKind,
    SurveyStage,
    Why,
    in_order,
)
from tests.followup.example import (
    ADD,
    ADDED,
    ALL,
    ANSWERED,
    ASK,
    ASK_REMOTELY,
    ASKED,
    ASKED_REMOTELY,
    CLERK,
    FILE,
    FOLLOW_UP,
    HOME,
    NOTE,
    NUMBER,
    REPORT,
    SCHEDULED,
    TICKET,
    WORK_ORDER,
    ZHAO,
    by,
)
from tests.spec import ANY_HASH, given

REACTION = by("reaction:add-paper", FILE)
FILED = DossierFiled(ALL, digest_of(ALL), CLERK)
DUE = given(survey, SCHEDULED).state
DONE = given(survey, SCHEDULED, ANSWERED).state


def filing(call_back: object = DONE, person: str = CLERK) -> Asked:
    return by(person, FILE, {HOME: call_back})


def test_the_end_of_a_case_says_which_papers_are_asked_for() -> None:
    given(dossier).when(ASK, REACTION).then(ASKED)
    given(dossier, ASKED).when(ASK, REACTION).then()
    given(dossier, ASKED).when(AskPapers(replace(ASKED, version=13)), REACTION).then()
    given(dossier, ASKED).when(ASK_REMOTELY, REACTION).then()
    newer = AskPapers(replace(ASKED, version=15))
    given(dossier, ASKED).when(newer, REACTION).then(replace(ASKED, version=15))


def test_what_there_is_no_paper_of_is_said_in_its_place() -> None:
    said = [
        Paper(kind, None, None, None, ANY_HASH) for kind in (PaperKind.NO_VISIT, PaperKind.NO_PARTS)
    ]
    given(dossier).when(ASK_REMOTELY, REACTION).then(ASKED_REMOTELY, *map(PaperAdded, said))
    assert len(set(STATEMENTS.values())) == len(STATEMENTS)


def test_a_newer_list_brings_its_own_statements() -> None:
    said = dossier.decide(ASK_REMOTELY, dossier.initial, REACTION)
    begun = given(dossier, *(fact for _, fact in said), ASKED).state
    assert begun.papers == {}


def test_papers_may_come_before_they_are_asked_for() -> None:
    early = given(dossier)
    assert early.state.stage is DossierStage.NONE
    early.when(ADD[0], REACTION).then(ADDED[0])
    assert given(dossier, ADDED[0]).state.stage is DossierStage.COLLECTING
    assert given(dossier, *ADDED).state.stage is DossierStage.COLLECTING
    assert given(dossier, *ADDED, ASKED).state.stage is DossierStage.COMPLETE
    assert given(dossier, ASKED, *ADDED[1:]).state.stage is DossierStage.COLLECTING


def test_the_last_paper_makes_it_whole() -> None:
    given(dossier, ASKED, *ADDED[:3]).when(ADD[3], REACTION).then(ADDED[3])
    newer = replace(REPORT, version=10)
    given(dossier, ASKED, *ADDED).when(AddPaper(newer), REACTION).then(PaperAdded(newer))


def test_the_newest_version_of_a_paper_counts() -> None:
    newer, older = replace(REPORT, version=10), replace(REPORT, version=8)
    given(dossier, ADDED[0]).when(ADD[0], REACTION).then()
    given(dossier, ADDED[0]).when(AddPaper(older), REACTION).then()
    given(dossier, ADDED[0]).when(AddPaper(newer), REACTION).then(PaperAdded(newer))


def test_a_whole_file_is_filed_as_one() -> None:
    whole = given(dossier, ASKED, *reversed(ADDED))
    whole.when(FileDossier(), filing()).then(FILED)
    filed = given(dossier, ASKED, *ADDED, FILED)
    assert filed.state.stage is DossierStage.FILED
    filed.when(FileDossier(), filing(person=ZHAO)).then()


def test_what_was_not_asked_for_and_came_is_filed_as_well() -> None:
    void = replace(NOTE, number=f"{TICKET}-C10", stream=f"issue_note-{TICKET}-C10")
    second = replace(NOTE, number=f"{TICKET}-C2", stream=f"issue_note-{TICKET}-C2")
    papers = (REPORT, WORK_ORDER, NOTE, second, void, FOLLOW_UP)
    facts = [PaperAdded(each) for each in reversed(papers)]
    filed = DossierFiled(papers, digest_of(papers), CLERK)
    given(dossier, *facts, ASKED).when(FileDossier(), filing()).then(filed)


def test_nothing_is_filed_before_the_case_has_ended() -> None:
    given(dossier).when(FileDossier(), filing()).refused_with("case-open", ticket=TICKET)
    given(dossier, *ADDED).when(FileDossier(), filing()).refused("case-open")


def test_every_paper_that_is_missing_is_named_with_its_reason() -> None:
    for_note = given(dossier, ASKED, ADDED[0], ADDED[1], ADDED[3])
    for_note.when(FileDossier(), filing()).refused_with(
        "papers-missing", paper=PaperKind.ISSUE_NOTE, number=NOTE.number, why=Why.NOTE_OPEN
    )
    nothing = given(dossier, ASKED)
    nothing.when(FileDossier(), filing(DUE)).refused(*["papers-missing"] * 4)
    assert missing(nothing.state, SurveyStage.DUE) == (
        Missing(PaperKind.REPORT, TICKET, Why.NOT_ARRIVED),
        Missing(PaperKind.WORK_ORDER, WORK_ORDER.number, Why.NOT_ARRIVED),
        Missing(PaperKind.ISSUE_NOTE, NOTE.number, Why.NOTE_OPEN),
        Missing(PaperKind.FOLLOW_UP, NUMBER, Why.CALL_BACK_DUE),
    )
    reasons = {stage: missing(nothing.state, stage)[-1].why for stage in SurveyStage}
    assert reasons == {
        SurveyStage.NONE: Why.CALL_BACK_NOT_SET,
        SurveyStage.DUE: Why.CALL_BACK_DUE,
        SurveyStage.ANSWERED: Why.NOT_ARRIVED,
        SurveyStage.UNREACHED: Why.NOT_ARRIVED,
        SurveyStage.DECLINED: Why.NOT_ARRIVED,
    }


def test_what_comes_after_the_filing_changes_nothing_and_is_seen() -> None:
    newer = replace(REPORT, version=12, content="e" * 64)
    filed = given(dossier, ASKED, *ADDED, FILED)
    filed.when(ADD[0], REACTION).then()
    filed.when(AddPaper(newer), REACTION).then(PaperAdded(newer))
    after = given(dossier, ASKED, *ADDED, FILED, PaperAdded(newer))
    assert (after.state.stage, after.state.filed) == (DossierStage.FILED, FILED)
    assert after.state.late == (newer,)
    after.when(FileDossier(), filing()).then()
    sheet = sheet_of(TICKET, after.state, DONE.stage)
    assert (sheet.papers, sheet.late, sheet.digest) == (ALL, (newer,), FILED.digest)
    assert filed.state.late == ()


def test_the_digest_is_of_all_papers_in_their_order() -> None:
    assert digest_of(ALL) == digest_of(in_order(reversed(ALL)))
    assert digest_of(ALL) != digest_of(ALL[1:])
    assert digest_of(ALL) != digest_of((replace(REPORT, content="0" * 64), *ALL[1:]))
    # What has once been filed must be found again by anybody: the bytes may never change.
    assert digest_of(()) == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"


def test_the_sheet_shows_what_is_in_and_what_is_missing() -> None:
    sheet = sheet_of(TICKET, given(dossier, ASKED, ADDED[1], ADDED[0]).state, DUE.stage)
    assert (sheet.stage, sheet.ending) == (DossierStage.COLLECTING, ASKED.ending)
    assert sheet.papers == (REPORT, WORK_ORDER)
    assert [each.kind for each in sheet.missing] == [PaperKind.ISSUE_NOTE, PaperKind.FOLLOW_UP]
    assert (sheet.digest, sheet.filed_by, sheet.late) == (None, None, ())
    empty = sheet_of(TICKET, dossier.initial, SurveyStage.NONE)
    assert (empty.kind, empty.asked, empty.missing) == (None, (), ())
