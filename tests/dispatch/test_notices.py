"""通知 as stories: asked, tried until it is taken or dead, and sent again when somebody says so."""

from datetime import timedelta

from shared.events.notices import NoticeAskedAgain, NoticeFailed, NoticeSent, NoticeStage
from shared.notices import paper
from shared.notices.paper import AskNoticeAgain, NoteNoticeFailed, NoteNoticeSent
from tests.notices.example import ASKED, NOW, UNTIL, by_sender
from tests.spec import given

LATER = NOW + timedelta(minutes=1)
AGAIN = AskNoticeAgain(1, "用户说没有收到 the customer has not got it")
ASKED_AGAIN = NoticeAskedAgain(1, AGAIN.because)
FAILED, DEAD = NoticeFailed(1, "timed-out", LATER), NoticeFailed(1, "smtp-550", None)


class TestTrying:
    def test_what_is_taken_is_sent_once(self) -> None:
        given(paper, ASKED).when(NoteNoticeSent(1), by_sender()).then(NoticeSent(1))
        given(paper, ASKED, NoticeSent(1)).when(NoteNoticeSent(1), by_sender()).then()
        given(paper, ASKED, FAILED).when(NoteNoticeSent(2), by_sender()).then(NoticeSent(2))

    def test_what_comes_to_nothing_is_tried_again_or_dead(self) -> None:
        again = NoteNoticeFailed(1, "timed-out", LATER)
        given(paper, ASKED).when(again, by_sender()).then(FAILED)
        given(paper, ASKED).when(NoteNoticeFailed(1, "smtp-550", None), by_sender()).then(DEAD)
        given(paper, ASKED, FAILED).when(again, by_sender()).then()

    def test_a_try_that_is_told_late_changes_nothing(self) -> None:
        given(paper, ASKED, FAILED).when(NoteNoticeSent(1), by_sender()).then()
        given(paper, ASKED, NoticeSent(1)).when(NoteNoticeFailed(2, "x", None), by_sender()).then()
        given(paper, ASKED, DEAD).when(NoteNoticeSent(2), by_sender()).then()
        given(paper).when(NoteNoticeSent(1), by_sender()).then()
        given(paper, ASKED, FAILED, NoticeSent(2)).when(NoteNoticeSent(1), by_sender()).then()
        second = NoticeFailed(2, "timed-out", None)
        first = NoteNoticeFailed(1, "not-reached", LATER)
        given(paper, ASKED, FAILED, second).when(first, by_sender()).then()


class TestAgain:
    def test_what_is_dead_or_was_taken_is_sent_again(self) -> None:
        given(paper, ASKED, DEAD).when(AGAIN, by_sender()).then(ASKED_AGAIN)
        given(paper, ASKED, NoticeSent(1)).when(AGAIN, by_sender()).then(ASKED_AGAIN)
        again = given(paper, ASKED, DEAD, ASKED_AGAIN)
        assert (again.state.stage, again.state.since) == (NoticeStage.WAITING, 1)
        again.when(NoteNoticeSent(2), by_sender()).then(NoticeSent(2))

    def test_what_waits_already_is_not_asked_for_twice(self) -> None:
        given(paper, ASKED).when(AGAIN, by_sender()).then()
        given(paper, ASKED, FAILED).when(AGAIN, by_sender()).then()
        given(paper, ASKED, DEAD, ASKED_AGAIN).when(AGAIN, by_sender()).then()

    def test_who_saw_an_older_one_asks_for_nothing(self) -> None:
        second = (NoticeFailed(2, "smtp-550", None), NoticeAskedAgain(2, "again"))
        third = NoticeFailed(3, "smtp-550", None)
        past = (ASKED, DEAD, ASKED_AGAIN, *second, third)
        older = AskNoticeAgain(1, "another reason")
        given(paper, *past).when(older, by_sender()).then()

    def test_not_what_is_over_nor_what_nobody_asked_for(self) -> None:
        given(paper, ASKED, DEAD).when(AGAIN, by_sender(UNTIL)).refused("notice-over")
        given(paper).when(AGAIN, by_sender()).refused("notice-unknown")
