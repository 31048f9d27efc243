"""类别与表式 (kinds): what each kind of report asks for on its way to the approval.

A repair is diagnosed and signed by a technician; a new machine that was sold is planned by the
clerk. This is the only place that says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.decider import Rule, reason
from shared.events.report_form import Sale
from shared.events.values import RepairNature, ReportKind

_OF_THE_SALE = frozenset({"sale_contract", "promised_on", "promises"})


@dataclass(frozen=True, slots=True)
class ReportLayout:
    """表式: what a report of one kind has, and what it leaves out."""

    kind: ReportKind
    has: frozenset[str]
    """Sections that only some kinds have, by name."""
    leaves_out: frozenset[str]
    """Fields that are asked of other kinds before submitting, and not of this one."""
    knows: frozenset[str] = frozenset()
    """Fields that cannot stay unknown."""
    nature: RepairNature | None = None
    """The only repair nature it may have; None: whichever the technician says."""
    goes_on_as: ReportKind = ReportKind.REPAIR
    """What follows where the customer is not satisfied."""

    def rules_out(self, *sections: str) -> Rule:
        """A rule: a report of this kind has these sections."""
        foreign = [each for each in sections if each not in self.has]
        return bool(foreign), reason("not-of-this-kind", kind=self.kind, fields=foreign)


_DIAGNOSED = frozenset({"diagnosis", "remote_attempts", "technician_sig"})
_REPAIR = ReportLayout(ReportKind.REPAIR, has=_DIAGNOSED, leaves_out=_OF_THE_SALE)
LAYOUTS: Mapping[ReportKind, ReportLayout] = {
    ReportKind.REPAIR: _REPAIR,
    ReportKind.INQUIRY: ReportLayout(
        ReportKind.INQUIRY,
        has=_DIAGNOSED,
        leaves_out=_OF_THE_SALE,
        goes_on_as=ReportKind.INQUIRY,
    ),
    ReportKind.COMMISSIONING: ReportLayout(
        ReportKind.COMMISSIONING,
        has=frozenset({"sale", "plan"}),
        leaves_out=frozenset(
            {
                *("fault_analysis", "fault_cause", "fault_nature", "talked_to_customer_at"),
                *("nature_because", "bought_on", "installed_on", "warranty_until", "contract"),
            }
        ),
        knows=frozenset({"machine", "model", "serial_no"}),
        nature=RepairNature.COMMISSIONING,
    ),
}


def sale_fits(kind: ReportKind, sale: Sale | None) -> Rule:
    """A rule: only what was sold new has a sale."""
    is_foreign, told = LAYOUTS[kind].rules_out("sale")
    return sale is not None and is_foreign, told
