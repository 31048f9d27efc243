"""基地支援 (base's help): the branch cannot go on alone; base guides from afar, or sends somebody.

Base guides before it sends anybody. Only where people are lacking there is nothing to guide.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.dispatch.work_order.checks import at_stage, no_technician, sent
from services.dispatch.work_order.state import WorkOrder, open_to
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if, too_many
from shared.events.dispatch import (
    BaseGuided,
    BaseHelpAsked,
    BaseHelpDeclined,
    BaseTechnicianSent,
)
from shared.events.order_sheet import MOST_SENT, HelpGround, OrderStage, Standing
from shared.events.values import Note, Ref
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class AskBaseHelp:
    """基地支援报请: ask base for help, on which ground, and what was tried; by the clerk."""

    ground: HelpGround
    tried: Note


@dataclass(frozen=True, slots=True)
class GuideFromBase:
    """基地指导: answer from afar, and whether that was enough; by base."""

    steps: Note
    solved: bool


@dataclass(frozen=True, slots=True)
class SentTechnician:
    """基地派员: who goes, and why; by base."""

    technician: Ref
    because: Note


@dataclass(frozen=True, slots=True)
class SendBaseTechnician(SentTechnician):
    """基地派员: they are assigned the order next, and sign it themselves."""

    standing: Standing
    """Obligation: what the register of people says of them."""


@dataclass(frozen=True, slots=True)
class DeclineBaseHelp:
    """基地支援不予: say why; by base."""

    because: Note


def ask_base_help(command: AskBaseHelp, order: WorkOrder, asked: Asked) -> Decision:
    """基地支援报请: of an order that is made out; the newest one waits for base."""
    wanted = BaseHelpAsked(asked.actor, command.ground, command.tried)
    if order.help_asked == wanted:
        return []
    stages = (OrderStage.OPENED, OrderStage.ASSIGNED, OrderStage.ACCEPTED)
    refuse_if(*at_stage(order, asked, *stages))
    return asked.here(wanted)


def guide_from_base(command: GuideFromBase, order: WorkOrder, asked: Asked) -> Decision:
    """基地指导: of what is asked for; if it was not enough, the request still waits."""
    guided = BaseGuided(asked.actor, command.steps, command.solved)
    if order.help_guided == guided:
        return []
    refuse_if(*_waits(order, asked))
    return asked.here(guided)


def send_base_technician(command: SendBaseTechnician, order: WorkOrder, asked: Asked) -> Decision:
    """基地派员: after guidance that was not enough; where people are lacking, at once."""
    if order.sent and order.sent[-1].technician == command.technician and not order.help_asked:
        return []
    wanted = order.help_asked
    unguided = wanted is not None and wanted.ground is not HelpGround.CAPACITY
    refuse_if(
        *_waits(order, asked),
        (
            unguided and order.help_guided is None,
            reason("guidance-first", number=number_of(asked.home)),
        ),
        *no_technician(command.standing),
        *sent((command.technician,), order, asked),
        too_many("technicians", len({*open_to(order), command.technician}), MOST_SENT),
    )
    return asked.here(BaseTechnicianSent(asked.actor, command.technician, command.because))


def decline_base_help(command: DeclineBaseHelp, order: WorkOrder, asked: Asked) -> Decision:
    """基地支援不予: of what is asked for."""
    declined = BaseHelpDeclined(asked.actor, command.because)
    if order.help_asked is None and order.help_declined == declined:
        return []
    refuse_if(*_waits(order, asked))
    return asked.here(declined)


def offered_guidance(_number: str, order: WorkOrder) -> Iterator[GuideFromBase]:
    """While something is asked for."""
    if order.help_asked is not None:
        yield GuideFromBase(WORDS, solved=False)


def offered_declining(_number: str, order: WorkOrder) -> Iterator[DeclineBaseHelp]:
    """While something is asked for."""
    if order.help_asked is not None:
        yield DeclineBaseHelp(WORDS)


def _waits(order: WorkOrder, asked: Asked) -> Iterator[Rule]:
    yield order.help_asked is None, reason("help-not-asked", number=number_of(asked.home))
    if order.stage in (OrderStage.SIGNED, OrderStage.HANDED_IN, OrderStage.CLOSED):
        yield from at_stage(order, asked, OrderStage.ACCEPTED)
