"""报修单的共同检查 (rules that several steps of a report share)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from services.intake.report.state import Report
from shared.decider import Asked, Reason, Refused, reason
from shared.events.intake import ClosingNoted, RepairClosed, RepairReported
from shared.events.report_form import Basics, Equipment, Stage
from shared.events.values import ContentHash, Evidence, Past, Role, Signature, SignedHow, key_of

UNDECIDED = (Stage.REGISTERED, Stage.DIAGNOSED, Stage.RETURNED)
"""Where a report stands before its approval is asked for."""


@dataclass(frozen=True, slots=True)
class Signing:
    """签字: somebody puts their name under what they were shown."""

    content: ContentHash
    """Of what they were shown."""
    how: SignedHow = SignedHow.SESSION
    signed_at: Past | None = None
    """By default now."""
    evidence: Evidence | None = None


def needs_report(report: Report, asked: Asked) -> None:
    """Raise Refused unless the report was registered, at the branch of whoever asks."""
    if report.stage is Stage.NONE:
        raise Refused(reason("not-registered"))
    if report.branch != asked.branch:
        raise Refused(reason("other-branch", branch=report.branch, yours=asked.branch))


def needs_stage(report: Report, *allowed: Stage) -> None:
    """Raise Refused unless the report stands at one of these stages; what mends it differs."""
    if report.stage not in allowed:
        raise Refused(_out_of_turn(report.stage, allowed))


def _out_of_turn(stage: Stage, allowed: Sequence[Stage]) -> Reason:
    """The reason of a step that comes too early, or too late."""
    if stage is Stage.CLOSED:
        return reason("case-over", stage=stage, allowed=allowed)
    if stage not in UNDECIDED:
        return reason("wrong-stage", stage=stage, allowed=allowed)
    if Stage.DIAGNOSED in allowed:
        return reason("not-diagnosed", stage=stage)
    if [*allowed] == [Stage.SUBMITTED]:
        return reason("not-submitted", stage=stage)
    return reason("before-submitting", stage=stage, allowed=allowed)


def is_over_before(case: str, other: str, asked: Asked) -> bool:
    """Whether the case of one stream had ended, by the record, when another was reported."""
    of_one, of_other = (asked.happened.get(each, ()) for each in (case, other))
    ends = (e.recorded_at for e in of_one if isinstance(e.fact, RepairClosed | ClosingNoted))
    reported = (e.recorded_at for e in of_other if isinstance(e.fact, RepairReported))
    over, first = next(ends, None), next(reported, None)
    return over is not None and first is not None and over < first


def stale(content: str) -> Reason:
    """The reason of a signature under another content than this one, which is now in force."""
    return reason("signature-stale", content=content)


def signature(command: Signing, role: Role, asked: Asked) -> Signature:
    """The signature the command stands for."""
    return Signature(
        by=asked.actor,
        role=role,
        how=command.how,
        signed_at=command.signed_at or asked.at,
        content=command.content,
        evidence=command.evidence,
    )


def named(report: Report) -> Callable[[str], Collection[str]]:
    """Whom the report names: the technician who signed, the clerk who asked the customer."""
    technician, clerk = report.technician_sig, report.clerk_sig or report.confirmed
    by = {
        Role.TECHNICIAN.value: technician.by if technician else None,
        Role.CLERK.value: clerk.by if clerk else None,
    }
    return lambda role: tuple(filter(None, (by.get(role),)))


def customer_key(report: Report) -> str | None:
    """Whose key sealed the report so far: another's would make the same name look changed."""
    return key_of(report.contact_name) or customer_stream(report.basics)


def customer_stream(basics: Basics) -> str | None:
    """The customer's card, whose key seals what is said of a customer we know."""
    return f"customer-{basics.customer}" if basics.customer else None


def cards_named(basics: Basics | None, equipment: Equipment | None) -> tuple[str, ...]:
    """The cards of the customer and the machine, as far as they are named."""
    customer = customer_stream(basics) if basics else None
    number = equipment.machine if equipment else None
    machine = f"machine-{number}" if number else None
    return tuple(filter(None, (customer, machine)))
