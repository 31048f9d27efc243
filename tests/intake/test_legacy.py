"""旧单 as stories: rows come in as they were, once each, and an open ticket lives on."""

from dataclasses import replace
from datetime import timedelta

from services.intake import legacy, report
from services.intake.legacy import ContinueLegacyTicket, ImportLegacyEntry, WithdrawLegacyTicket
from shared.decider import Asked
from shared.events.legacy import LegacyEntryImported, LegacyTicketContinued, LegacyTicketWithdrawn
from shared.events.values import Channel, Sealed
from tests.intake.example import (
    AT,
    BRANCH,
    CARDS,
    GONE,
    HOME,
    LI,
    REGISTER,
    REPORTED,
    TICKET,
    by,
)
from tests.spec import ANY_HASH, given

OLD = "legacy-volvo-1-364285768"
WHO = Sealed(OLD, "personal", "RnJlZGVyaWM")
IMPORT = ImportLegacyEntry(
    source="volvo",
    row=1,
    number="1-364285768",
    state="Accepted+In Progress",
    is_open=True,
    original={"caseid": "1-364285768", "task": "Accepted+In Progress"},
    personal={"user": WHO},
)
ROW = LegacyEntryImported(
    source="volvo",
    row=1,
    number="1-364285768",
    state="Accepted+In Progress",
    is_open=True,
    original={"caseid": "1-364285768", "task": "Accepted+In Progress"},
    personal={"user": WHO},
    at=AT,
)
CLOSED = replace(ROW, row=4, state="Completed+Closed", is_open=False)
CONTINUE = ContinueLegacyTicket(REGISTER)
IMPORTING = Asked(OLD, "import:volvo", frozenset(), AT, BRANCH, "volvo-1-364285768")
ASKED = replace(by(LI), home=OLD, reads={**CARDS, HOME: report.initial})
CONTINUED = LegacyTicketContinued(TICKET, HOME)


def test_a_row_comes_in_as_it_was() -> None:
    given(legacy).when(IMPORT, IMPORTING).then(ROW)


def test_the_same_row_comes_in_once() -> None:
    given(legacy, ROW).when(IMPORT, IMPORTING).then()
    given(legacy, ROW).when(replace(IMPORT, row=2), IMPORTING).then(replace(ROW, row=2))


def test_a_row_of_the_same_number_in_another_file_is_another_row() -> None:
    other = replace(IMPORT, state="Completed")
    given(legacy, ROW).when(other, IMPORTING).then(replace(ROW, state="Completed"))


def test_an_open_ticket_lives_on_as_a_report() -> None:
    begun = replace(REPORTED, channel=Channel.IMPORT, reference=OLD, content=ANY_HASH)
    given(legacy, ROW).when(CONTINUE, ASKED).then_on((OLD, CONTINUED), (HOME, begun))


def test_a_ticket_is_open_as_its_newest_row_says_in_whichever_file_it_came() -> None:
    earlier = replace(ROW, row=9, at=AT - timedelta(hours=1))
    later = replace(ROW, row=2, at=AT + timedelta(hours=1))
    undated = replace(ROW, row=9, at=None)
    begun = replace(REPORTED, channel=Channel.IMPORT, reference=OLD, content=ANY_HASH)
    given(legacy, CLOSED, earlier).when(CONTINUE, ASKED).refused("legacy-closed")
    given(legacy, CLOSED, undated).when(CONTINUE, ASKED).refused("legacy-closed")
    given(legacy, CLOSED, later).when(CONTINUE, ASKED).then_on((OLD, CONTINUED), (HOME, begun))


def test_of_one_moment_the_row_further_down_counts() -> None:
    given(legacy, ROW, CLOSED).when(CONTINUE, ASKED).refused("legacy-closed")
    reopened = replace(ROW, row=9)
    begun = replace(REPORTED, channel=Channel.IMPORT, reference=OLD, content=ANY_HASH)
    for past in ((ROW, CLOSED, reopened), (reopened, ROW, CLOSED)):
        given(legacy, *past).when(CONTINUE, ASKED).then_on((OLD, CONTINUED), (HOME, begun))


def test_only_what_is_there_lives_on_and_only_once() -> None:
    given(legacy).when(CONTINUE, ASKED).refused("legacy-unknown")
    given(legacy, ROW, CONTINUED).when(CONTINUE, ASKED).refused_with(
        "continued-already", ticket=TICKET
    )


def test_history_still_comes_in_after_the_ticket_lives_on() -> None:
    late = replace(IMPORT, row=5)
    given(legacy, ROW, CONTINUED).when(late, IMPORTING).then(replace(ROW, row=5))


def test_what_lives_on_passes_the_gates_of_every_report() -> None:
    owner = ContinueLegacyTicket(replace(REGISTER, owner=GONE, contact_phone=None))
    given(legacy, ROW).when(owner, ASKED).refused("report-incomplete", "person-inactive")
    taken = replace(ASKED, reads={**CARDS, HOME: report.evolve(report.initial, REPORTED)})
    given(legacy, ROW).when(CONTINUE, taken).refused("registered-already")


WITHDRAWN = LegacyTicketWithdrawn("volvo", 1, "时区写错了")


def test_an_import_is_withdrawn_once_and_its_rows_do_not_come_in_again() -> None:
    command = WithdrawLegacyTicket("volvo", 1, "时区写错了")
    given(legacy, ROW).when(command, IMPORTING).then(WITHDRAWN)
    given(legacy, ROW, WITHDRAWN).when(command, IMPORTING).then()
    given(legacy).when(command, IMPORTING).then()
    told = given(legacy, ROW, WITHDRAWN).when(IMPORT, IMPORTING)
    told.refused_with("import-withdrawn", source="volvo", generation=1)


def test_what_was_withdrawn_is_not_continued_until_it_is_done_again() -> None:
    given(legacy, ROW, WITHDRAWN).when(CONTINUE, ASKED).refused("legacy-unknown")
    again = replace(ROW, generation=2)
    given(legacy, ROW, WITHDRAWN).when(replace(IMPORT, generation=2), IMPORTING).then(again)
    begun = replace(REPORTED, channel=Channel.IMPORT, reference=OLD, content=ANY_HASH)
    done_again = given(legacy, ROW, WITHDRAWN, again).when(CONTINUE, ASKED)
    done_again.then_on((OLD, CONTINUED), (HOME, begun))
