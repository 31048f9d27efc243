"""受理的阅读 (reading in intake): which role sees what of reports, cards and legacy tickets.

The table "Reading" of the trade; `tests/house/roles.toml` says the same in its own words.
"""

from collections.abc import Mapping

from shared.events.values import Role
from shared.visibility import EMPLOYEES, Contact, History, ReadingTable, Visible, same_for

_ASKED = Visible(Contact.ASKED)
_SAID = frozenset(("opinion",))
_TOLD = Visible(Contact.ASKED, words=_SAID)
"""Who reads what the customer said in the call-back that a report follows."""
_NUMBERS = frozenset(
    {
        *("ticket", "stream", "branch", "stage", "state", "is_open", "source", "number", "kind"),
        *("continues", "continued_as", "round", "urged", "facts", "version"),
    }
)
_HEAD = _NUMBERS | {
    "owner",
    "priority",
    "received_at",
    "changed_at",
    "due_at",
    "ending",
    "content",
}
_MACHINE = frozenset(("equipment", "machine", "model", "serial_no"))
_PARTS = frozenset(("diagnosis.parts_to_bring", "diagnosis.no_parts", "noted.parts", "unpriced"))
_COST = frozenset(("diagnosis.estimated_fen", "diagnosis.repair_nature", "agreement.quote"))
_COMPLAINED = frozenset(("complaints",))
"""That somebody complained is told to nobody who reads no complaints: it may be about them. So may
what the customer said in the call-back."""

_REPORT = ReadingTable(
    {
        Role.CLERK: Visible(Contact.SINGLE),
        Role.TECHNICIAN: Visible(Contact.OWN, without=_COMPLAINED | _SAID, history=History.OWN),
        Role.APPROVER: _TOLD,
        Role.GENERAL_MANAGER: _TOLD,
        Role.STOREKEEPER: Visible(only=_HEAD | _MACHINE | _PARTS, history=History.NONE),
        Role.BASE: Visible(),
        Role.FINANCE: Visible(only=_HEAD | _COST),
        Role.AUDITOR: _TOLD,
        Role.OPERATOR: Visible(only=_NUMBERS),
    },
    people=(
        "owner",
        "received_by",
        "technician_sig.by",
        "diagnosis.travel.travellers",
        "remote_attempts.by",
    ),
    inside=frozenset(("report",)),
    told_as={"ReportComplained": "complaint"},
)
_COMPLAINT_WORDS = frozenset(("what", "opinion", "said"))
"""What a customer said of us in their own words: whoever reads complaints reads it."""
_COMPLAINTS = Visible(Contact.ASKED, words=_COMPLAINT_WORDS)
_COMPENSATION = frozenset(("compensation_fen", "resolved.compensation_fen"))
_COMPLAINT = _NUMBERS | {"overdue", "emergency", "class_code"}
_CARD = frozenset(("id", "branch", "active", "version"))
_PHONES = {
    Role.CLERK: Contact.OPEN,
    Role.TECHNICIAN: Contact.OPEN,
    Role.APPROVER: Contact.OPEN,
    Role.GENERAL_MANAGER: Contact.OPEN,
    Role.AUDITOR: Contact.ASKED,
}
"""A colleague's phone."""

READING: Mapping[str, ReadingTable] = {
    "report": _REPORT,
    "complaint": ReadingTable(
        {
            Role.CLERK: Visible(Contact.SINGLE),
            Role.APPROVER: _COMPLAINTS,
            Role.GENERAL_MANAGER: _COMPLAINTS,
            Role.BASE: _COMPLAINTS,
            Role.FINANCE: Visible(only=_COMPLAINT | _COMPENSATION),
            Role.AUDITOR: _COMPLAINTS,
            Role.OPERATOR: Visible(only=_COMPLAINT),
        },
        inside=frozenset(("complaint",)),
    ),
    # That somebody complained is told to nobody who reads no complaints; where a notice went is for
    # whoever sends it.
    "notice": same_for(
        (Role.CLERK, Role.APPROVER, Role.GENERAL_MANAGER, Role.AUDITOR), is_of_tickets=True
    ),
    "legacy": ReadingTable({**_REPORT.by, Role.CLERK: Visible(Contact.OPEN)}),
    "customer": ReadingTable(
        {
            Role.CLERK: Visible(Contact.SINGLE, words=frozenset(("name",))),
            Role.TECHNICIAN: Visible(),
            Role.APPROVER: _ASKED,
            Role.GENERAL_MANAGER: _ASKED,
            Role.AUDITOR: _ASKED,
            Role.OPERATOR: Visible(only=_CARD),
        },
        is_of_tickets=False,
    ),
    "machine": ReadingTable(
        {
            Role.CLERK: Visible(Contact.OPEN),
            Role.TECHNICIAN: Visible(),
            Role.APPROVER: _ASKED,
            Role.GENERAL_MANAGER: _ASKED,
            Role.STOREKEEPER: Visible(),
            Role.BASE: Visible(),
            Role.AUDITOR: _ASKED,
            Role.OPERATOR: Visible(only=_CARD),
        },
        is_of_tickets=False,
    ),
    "person": same_for(EMPLOYEES, _PHONES),
    "branch": same_for(EMPLOYEES),
    "delegation": same_for(EMPLOYEES),
    "hidden_values": same_for(EMPLOYEES),
    "serial": same_for(()),
}
"""By the prefix of the streams."""
OWN_PAPERS = ReadingTable({Role.CUSTOMER: Visible(Contact.OPEN)})
"""What customers see of their own reports and complaints."""
