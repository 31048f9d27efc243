"""What stories of notices have in common: one link to a visit, and who sends it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from shared.decider import Asked
from shared.events.notices import (
    NoticeAsked,
    NoticeChannel,
    NoticeKind,
    NoticeLanguage,
)
from shared.events.values import Sealed
from shared.notices.paper import PAPER
from shared.sender.message import Outgoing

ABOUT = "BX-HZ01-20261123-0001-V1"
NUMBER = f"{ABOUT}-N1"
HOME = PAPER.stream_of(NUMBER)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
"""Two in the afternoon in China."""
UNTIL = NOW + timedelta(days=1)
TO = Sealed("customer-C-1", "contact_phone", "c2VhbGVk")
COMMAND = UUID(int=7)
ASKED = NoticeAsked(
    about=ABOUT,
    kind=NoticeKind.APPOINTMENT_LINK,
    template=1,
    language=NoticeLanguage.ZH,
    channel=NoticeChannel.SMS,
    to=TO,
    until=UNTIL,
    word="a" * 64,
)


SHIPPED = Path(__file__).parents[2] / "deploy" / "policies"


def by_sender(at: datetime = NOW) -> Asked:
    return Asked(home=HOME, actor="sender:notices", roles=frozenset(), at=at, branch="HZ01")


MESSAGE = Outgoing(
    number=NUMBER,
    channel=NoticeChannel.SMS,
    kind=NoticeKind.APPOINTMENT_LINK,
    language=NoticeLanguage.ZH,
    about=ABOUT,
    ticket="BX-HZ01-20261123-0001",
    branch="HZ01",
    to="13800001234",
    subject="请确认上门时间",
    body="请打开链接确认",
    asked_at=NOW,
    at=NOW,
)
