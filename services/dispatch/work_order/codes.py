"""签字码 (signing codes): six digits that are sent to the customer, told to the technician, tried.

A code is bound to what is signed: it is asked for the content that was shown, and proves nothing of
any other. The record has a keyed digest of it, which nobody can try out without a secret of ours.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from services.dispatch.work_order.checks import its_technician
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.work import reads_to_sign, ready_to_sign
from shared.decider import Asked, Decision, Series, number_of, reason, refuse_if
from shared.events.dispatch import SigningCodeAsked, SigningCodeTried
from shared.events.notices import NoticeChannel
from shared.events.values import ContentHash, Digits, EmailAddress
from shared.notices.wanted import NoticeWanted, series_of
from shared.notices.wanted import ask as ask_notice

GOOD_FOR = timedelta(minutes=5)
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """签字码: `content` is the `work_content` of the order as it was shown to the customer."""

    content: ContentHash
    tell: NoticeChannel = NoticeChannel.SMS
    """By e-mail: to `email`; otherwise to the phone on the report."""
    email: EmailAddress | None = None
    """None: by e-mail, to the address on their card."""


@dataclass(frozen=True, slots=True)
class AskSigningCode:
    """签字码: have one sent to the customer."""

    content: ContentHash
    code: ContentHash = ""
    """Obligation: the keyed digest of the code."""
    notice: NoticeWanted | None = None
    """Obligation: how it is sent."""


@dataclass(frozen=True, slots=True)
class CodeTold:
    """用户所报: the digits as the customer has told them."""

    digits: Digits


@dataclass(frozen=True, slots=True)
class TrySigningCode:
    """核对签字码: whether it is the one that was sent."""

    code: ContentHash
    """Obligation: the keyed digest of what was told."""


def ask(command: AskSigningCode, order: WorkOrder, asked: Asked) -> Decision:
    """签字码: for work that may be signed now, by the technician who is there; the last counts."""
    if order.code is not None and order.code.code == command.code:
        return []
    refuse_if(*ready_to_sign(command.content, order, asked))
    until = asked.recorded_at + GOOD_FOR
    stated = SigningCodeAsked(command.content, command.code, until)
    number = number_of(asked.home)
    told = ask_notice(asked, number, command.notice, until, command.code)
    return [(asked.home, stated), *told]


def try_out(command: TrySigningCode, order: WorkOrder, asked: Asked) -> Decision:
    """核对签字码: five times at most, for five minutes; a wrong one is noted too."""
    if order.code_told:
        return []
    code = order.code
    is_over = code is None or code.until <= asked.recorded_at or order.code_wrong >= MOST_TRIES
    refuse_if(its_technician(order, asked), (is_over, reason("code-over")))
    assert code is not None
    right = hmac.compare_digest(code.code, command.code)
    return asked.here(SigningCodeTried(code.content, right))


def reads_of_asking(
    command: AskSigningCode, order: WorkOrder, asked: Asked
) -> tuple[str | Series, ...]:
    """What is looked at before the customer signs, and what they were told of the order."""
    return (*reads_to_sign(command, order, asked), series_of(number_of(asked.home)))


def offered_code(_number: str, order: WorkOrder) -> Iterator[CodeWanted]:
    """While there is work that nobody has signed."""
    if order.work is not None and order.customer is None:
        yield CodeWanted(order.work.content)


def offered_try(_number: str, order: WorkOrder) -> Iterator[CodeTold]:
    """While a code is out that was not told yet."""
    if order.code is not None and not order.code_told and order.code_wrong < MOST_TRIES:
        yield CodeTold("000000")
