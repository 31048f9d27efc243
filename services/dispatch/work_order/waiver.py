"""未签与免签 (no signature, and its waiver): the customer would not sign, or was not there.

Nobody forges a signature to get on: it is said that the customer refused, why and who saw it, or
that they had left and nobody reached them; the approver waives it. Then the parts are accounted for
without it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.dispatch.work_order.checks import asks_themselves, at_stage, not_held
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.work import ready_to_sign, was_made
from shared.decider import Asked, Decision, number_of, reason, refuse_if
from shared.events.dispatch import SignatureRefused, SignatureWaived
from shared.events.order_sheet import OrderStage
from shared.events.values import At, ContentHash, Note, Personal, Role, Text
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class RefusalTold:
    """用户未签: of the `work_content`; why they did not sign, and who saw that they refused.

    `absent`: they were not there any more to be shown it, and nobody reached them.
    """

    content: ContentHash
    because: Note
    witness: Personal | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class NoteRefusal(RefusalTold):
    """用户未签: of the `work_content`; why they did not sign, and who saw that they refused.

    `absent`: they were not there any more to be shown it, and nobody reached them.
    """

    is_ours: bool = False
    """Obligation: whether the witness has the name of somebody who did the job, or tells it."""


@dataclass(frozen=True, slots=True)
class SignatureWaiver:
    """免签: why the signature is done without."""

    because: Text


@dataclass(frozen=True, slots=True)
class WaiveSignature(SignatureWaiver):
    """免签批准: do without the signature that the customer refused; by the approver."""

    due_at: At | None = None
    """Obligation: by when the task should be handed in."""


REFUSAL_EXAMPLE = {
    "content": "7c1d" * 16,
    "because": "用户不满意等了三天 they were angry to have waited three days",
    "witness": "门卫老周 the porter",
}
"""A body as it comes over the wire."""


def note_refusal(command: NoteRefusal, order: WorkOrder, asked: Asked) -> Decision:
    """用户未签: told by the technician, where the customer could have signed.

    That nobody was there a clerk tells as well, for a technician who cannot: of work that is
    recorded and over nobody else is let in to do it again.
    """
    told = SignatureRefused(
        asked.actor, command.because, command.witness, command.content, command.absent
    )
    before = order.unsigned
    if before and _same(before, told):
        return []
    unseen = not command.absent and command.witness is None
    for_them = command.absent and Role.CLERK in asked.roles and asked.actor != order.technician
    theirs = (False, reason("not-your-order", number="", technician="")) if for_them else None
    over = was_made(asked) if for_them else None
    refuse_if(
        *ready_to_sign(command.content, order, asked, by=theirs, is_over=over),
        (unseen, reason("witness-missing")),
        (command.is_ours, reason("witness-is-ours")),
    )
    return asked.here(told)


def _same(one: SignatureRefused, other: SignatureRefused) -> bool:
    """Whether both say the same, whoever saw it."""
    first, second = ((each.because, each.content, each.absent) for each in (one, other))
    return first == second


def waive(command: WaiveSignature, order: WorkOrder, asked: Asked) -> Decision:
    """免签批准: of a refusal that is in force; by an approver who did not do the job."""
    done, unsigned = order.customer, order.unsigned
    if done is not None and done.word.waived_because == command.because:
        return []
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        not_held(order),
        (unsigned is None, reason("signature-not-refused", number=number_of(asked.home))),
        asks_themselves(order, unsigned.by if unsigned else None, asked),
    )
    assert order.work is not None
    content = order.work.content
    return asked.here(SignatureWaived(asked.actor, command.because, content, command.due_at))


def offered_waiver(_number: str, order: WorkOrder) -> Iterator[SignatureWaiver]:
    """Of a refusal that is in force."""
    if order.unsigned is not None:
        yield SignatureWaiver(WORDS)


def offered_refusal(_number: str, order: WorkOrder) -> Iterator[RefusalTold]:
    """Of the work as it is recorded."""
    if order.work is not None and order.unsigned is None:
        yield RefusalTold(order.work.content, WORDS, WORDS)
