"""所签内容 (what a customer signs by): whether two approvals are the same to whoever signs."""

from shared.events.order_sheet import ApprovedReport


def signed_alike(before: ApprovedReport, now: ApprovedReport) -> bool:
    """Whether what a customer signs by is the same: the machine, what is done, and who pays."""
    one, other = before.diagnosis, now.diagnosis
    return (
        before.equipment == now.equipment
        and one.repair_nature == other.repair_nature
        and one.solution == other.solution
        and (one.parts_to_bring, one.no_parts) == (other.parts_to_bring, other.no_parts)
    )
