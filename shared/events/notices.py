"""通知 (notices): who is to be told something of a paper, and what became of it; never its text.

Any room may owe somebody a notice. The text is made when it is sent, from a template of policy by
its version; so the record never holds it, and a replay has nothing to send.
"""

from enum import StrEnum

from shared.events import fact
from shared.events.values import At, ContentHash, Note, Personal, Ref

WRITERS = ("intake", "dispatch", "inventory", "followup")


class NoticeChannel(StrEnum):
    """通知渠道: by which way a notice goes."""

    EMAIL = "email"
    SMS = "sms"
    """短信: by a webhook to whoever sends short messages for us."""
    WEBHOOK = "webhook"
    """By a webhook to a system that reaches people in its own way."""


class NoticeKind(StrEnum):
    """通知类别: what somebody is told, and so which template it has."""

    APPOINTMENT_LINK = "appointment_link"
    SURVEY_LINK = "survey_link"
    SIGNING_CODE = "signing_code"
    """签字码: it is wanted now, at any hour."""
    COMPLAINT_EMERGENCY = "complaint_emergency"
    """紧急投诉: to those of us who are told of it at once, at any hour."""
    COMPLAINT_OVERDUE = "complaint_overdue"
    """投诉逾期: to those of us who are above."""
    REMINDER = "reminder"
    """提醒: to those of us whom a clock reminds, or somebody urges by hand."""
    PARCEL_ARRIVAL = "parcel_arrival"
    """到货通知: to technician and customer, who open the parcel together."""
    APPOINTMENT_MOVED = "appointment_moved"
    """改约通知: to the customer, of a visit that comes in another window."""


AT_ANY_HOUR = frozenset({NoticeKind.SIGNING_CODE, NoticeKind.COMPLAINT_EMERGENCY})
"""What does not wait for the end of the night."""


class NoticeLanguage(StrEnum):
    """通知语言: in which language it is written."""

    ZH = "zh"
    EN = "en"


class NoticeStage(StrEnum):
    """通知进度: how far a notice is."""

    NONE = "none"
    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    """It could not be sent, and is not tried again by itself."""


@fact(writers=WRITERS)
class NoticeAsked:
    """通知待发: somebody is to be told something of a paper, by which way and until when."""

    about: Ref
    """The number of the paper."""
    kind: NoticeKind
    template: int
    """The version of its template."""
    language: NoticeLanguage
    channel: NoticeChannel
    to: Personal
    """The address or number; sealed, and shown nowhere but to whoever it is sent by."""
    until: At
    """Afterwards it would be of no use: it is sent no more."""
    word: ContentHash | None = None
    """The hash of the word that it carries, if it carries one."""


@fact(writers=WRITERS)
class NoticeSent:
    """通知已发: whoever carries it has taken it, at which try."""

    attempt: int


@fact(writers=WRITERS)
class NoticeFailed:
    """通知未发出: a try came to nothing, for which reason, and when it is tried again."""

    attempt: int
    why: Ref
    """A code such as `smtp-550`; never what the other side said, which may name somebody."""
    retry_at: At | None
    """None: it is not tried again by itself."""


@fact(writers=WRITERS)
class NoticeAskedAgain:
    """通知重发: an operator has it sent once more, after which try, and why."""

    attempt: int
    because: Note
