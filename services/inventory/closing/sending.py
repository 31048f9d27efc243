"""消耗报表报送 (sending the consumption report): the keeper signs what was computed of a month."""

from dataclasses import dataclass

from services.inventory.consumption_report import number_of
from services.inventory.periods import Closings
from shared.decider import Asked, Decision, reason, refuse_if
from shared.events.closings import ConsumptionReportSent, ConsumptionReportUrged
from shared.events.values import (
    At,
    BranchCode,
    ContentHash,
    Period,
    Ref,
    Role,
    Signature,
    SignedHow,
)


@dataclass(frozen=True, slots=True)
class SendConsumption:
    """消耗报表报送: sign the report of a month that is closed, as it was shown."""

    store: BranchCode
    period: Period
    digest: ContentHash
    """Of the report that was shown."""
    computed: ContentHash | None = None
    """Obligation: of the report as the record has it; None: the month is open."""


def send(command: SendConsumption, closings: Closings, asked: Asked) -> Decision:
    """消耗报表报送: once a month, by the digest of what was shown."""
    known = closings.sent.get(command.period)
    if known is not None and (known.digest, known.keeper_sig.by) == (command.digest, asked.actor):
        return []
    number = number_of(command.store, command.period)
    is_closed = closings.closes(command.period)
    differs = is_closed and command.digest != command.computed
    refuse_if(
        (not is_closed, reason("month-open", period=command.period)),
        (known is not None, reason("report-sent", number=number)),
        (differs, reason("report-differs", number=number)),
    )
    signed = Signature(asked.actor, Role.STOREKEEPER, SignedHow.SESSION, asked.at, command.digest)
    return asked.here(
        ConsumptionReportSent(number, command.store, command.period, command.digest, signed)
    )


@dataclass(frozen=True, slots=True)
class UrgeConsumption:
    """督促报送: the report of a closed month was not sent in time; told by a timer."""

    store: BranchCode
    period: Period
    due_at: At
    told: Ref
    """Who closed the month."""


def urge(command: UrgeConsumption, closings: Closings, asked: Asked) -> Decision:
    """督促报送: once a month, as long as nobody has sent its report."""
    period = command.period
    is_owed = closings.closes(period) and period not in closings.sent
    if not is_owed or period in closings.urged:
        return []
    fact = ConsumptionReportUrged(
        command.store, period, command.due_at, Role.STOREKEEPER, command.told
    )
    return asked.here(fact)
