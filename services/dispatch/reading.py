"""派工的阅读 (reading in dispatch): which role sees what of work orders and visits.

The table "Reading" of the trade; `tests/house/roles.toml` says the same in its own words.
"""

from collections.abc import Mapping
from dataclasses import replace

from shared.events.values import Role
from shared.visibility import (
    EMPLOYEES,
    Contact,
    History,
    ReadingTable,
    Visible,
    same_for,
)

_WORDS = frozenset(("opinion",))
"""What the customer said of the service: for those who read answers."""
_ASKED = Visible(Contact.ASKED, words=_WORDS)
_NUMBERS = frozenset(("number", "ticket", "branch", "order", "stage", "urged", "kind", "version"))
_DATES = frozenset(
    {
        *("technician", "technicians", "travel_on", "travel_at", "window_on", "window", "start_at"),
        *("end_at", "departed_at", "arrived_at", "ended_at", "due_at", "since", "changed_at"),
        *("planned.window", "planned.technician", "planned.travel_at", "travel.at"),
        *("travel.travellers",),
    }
)
_PARTS = frozenset(
    {
        *("repair_nature", "issue_notes", "notes", "no_parts", "parts", "note", "work.parts_used"),
        *("work.no_parts_used", "customer.parts_used", "customer.no_parts_used"),
        *("approved.diagnosis.parts_to_bring", "approved.diagnosis.no_parts", "used_otherwise"),
        *("excess", "excess_judged"),
    }
)
_MONEY = frozenset(
    {
        *("repair_nature", "travel", "travel_on", "travel_at", "travel_mode", "technician"),
        *("technicians", "work.fees", "work.no_fees", "cash", "ending", "planned.travel_mode"),
        "mode",
        *("departed", "arrived", "departed_at", "arrived_at", "ended_at"),
    }
)

_BOARD = ReadingTable(
    {
        Role.CLERK: Visible(Contact.SINGLE, words=_WORDS),
        Role.TECHNICIAN: Visible(Contact.OWN, without=_WORDS, history=History.OWN),
        Role.APPROVER: _ASKED,
        Role.GENERAL_MANAGER: _ASKED,
        Role.STOREKEEPER: Visible(only=_NUMBERS | _DATES | _PARTS, history=History.NONE),
        Role.BASE: Visible(without=_WORDS),
        Role.FINANCE: Visible(only=_NUMBERS | _MONEY),
        Role.AUDITOR: _ASKED,
        Role.OPERATOR: Visible(only=_NUMBERS),
    },
    people=(
        "technician",
        "technicians",
        "planned.technician",
        "opened.travel.travellers",
        "travel.travellers",
    ),
)
_OWN = replace(_BOARD.by[Role.TECHNICIAN], own=True)
_PAPER = replace(_BOARD, by={**_BOARD.by, Role.TECHNICIAN: _OWN})

_CLAIM = ReadingTable(
    {
        Role.CLERK: Visible(only=_NUMBERS, history=History.NONE),
        Role.TECHNICIAN: Visible(own=True, history=History.OWN),
        **dict.fromkeys((Role.APPROVER, Role.GENERAL_MANAGER, Role.FINANCE), Visible(Contact.OPEN)),
        Role.AUDITOR: _ASKED,
    },
    people=("claimant",),
    inside=frozenset({"claim"}),
    own_column="claimant",
    own_anywhere=True,
)

_CLAIMS_DUE = replace(
    _CLAIM,
    by={**_CLAIM.by, Role.CLERK: Visible(), Role.AUDITOR: Visible()},
    people=("travellers",),
    inside=frozenset(),
    own_column="travellers",
)

READING: Mapping[str, ReadingTable] = {
    "work_order": _PAPER,
    "visit": _PAPER,
    "board": _BOARD,
    "claim": _CLAIM,
    "claims_due": _CLAIMS_DUE,
    "appointment_link": same_for(()),
    "voucher": same_for(()),
    # Where a notice went is for whoever sends it.
    "notice": same_for(
        (Role.CLERK, Role.APPROVER, Role.GENERAL_MANAGER, Role.AUDITOR), is_of_tickets=True
    ),
    "leave": same_for(set(EMPLOYEES) - {Role.AUDITOR, Role.OPERATOR}),
}
"""By the prefix of the streams; `board` is what whoever plans sees of all of them at once, and
`claims_due` who has not claimed yet."""
