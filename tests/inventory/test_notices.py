"""通知 of stores: the paper is the one of every room that has people told."""

from services.inventory.app import room
from shared.events.notices import NoticeAskedAgain, NoticeFailed, NoticeSent
from shared.notices.paper import PAPER, AskNoticeAgain, NoteNoticeFailed, NoteNoticeSent
from tests.notices.example import ASKED, by_sender
from tests.spec import given

paper = room.papers[PAPER.prefix]
DEAD, AGAIN = NoticeFailed(1, "smtp-550", None), NoticeAskedAgain(1, "not come")


def test_a_notice_is_tried_until_it_is_dead_and_sent_when_somebody_says_so() -> None:
    given(paper, ASKED).when(NoteNoticeFailed(1, "smtp-550", None), by_sender()).then(DEAD)
    given(paper, ASKED, DEAD).when(AskNoticeAgain(1, "not come"), by_sender()).then(AGAIN)
    given(paper, ASKED, DEAD, AGAIN).when(NoteNoticeSent(2), by_sender()).then(NoticeSent(2))
