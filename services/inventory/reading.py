"""配件库的阅读 (reading in inventory): which role sees what of issue notes, stock and parts.

The table "Reading" of the trade; `tests/house/roles.toml` says the same in its own words.
"""

from collections.abc import Mapping

from shared.events.order_sheet import NoteStage
from shared.events.values import Role
from shared.visibility import EMPLOYEES, Contact, History, ReadingTable, Visible, same_for

_ASKED = Visible(Contact.ASKED)
_NUMBERS = frozenset(("number", "ticket", "branch", "order", "stage", "kind", "version"))
_QUANTITIES = frozenset(
    {
        *("store", "part", "account", "branch", "inside", "quantity", "quota", "accounts"),
        *("on_hand", "lacking", "is_low", "changed_at", "in_transit", "to_ask", "name"),
        *("on_order", "counting"),
    }
)
_LINES = frozenset(
    ("repair_nature", "lines", "permitted", "part", "issued", "account", "signed_use", "used")
)

COUNT = (Role.STOREKEEPER, Role.BASE, Role.CLERK, Role.TECHNICIAN)
"""They count blindly: the history of a stocktake would tell them the figures of the books, and so
would the lists of stock while it is counted (`stocktake/blind/http.py`)."""
_DECIDE = (Role.APPROVER, Role.FINANCE, Role.GENERAL_MANAGER, Role.AUDITOR)
_NEVER_BUY = (Role.TECHNICIAN, Role.OPERATOR)

READING: Mapping[str, ReadingTable] = {
    "issue_note": ReadingTable(
        {
            Role.CLERK: Visible(Contact.SINGLE),
            Role.TECHNICIAN: Visible(Contact.OWN, own=True, history=History.OWN),
            Role.APPROVER: _ASKED,
            Role.GENERAL_MANAGER: _ASKED,
            Role.STOREKEEPER: Visible(Contact.OPEN),
            Role.BASE: Visible(Contact.OPEN),
            Role.FINANCE: Visible(only=_NUMBERS | _LINES),
            Role.AUDITOR: _ASKED,
            Role.OPERATOR: Visible(only=_NUMBERS),
        },
        people=("recipient",),
        has_ended=lambda note: getattr(note, "stage", None) in (NoteStage.SETTLED, NoteStage.VOID),
        inside=frozenset(("note",)),
        own_column="recipient",
    ),
    "stock": ReadingTable(
        {
            **{role: Visible() for role in EMPLOYEES},
            Role.TECHNICIAN: Visible(only=_QUANTITIES, history=History.NONE),
            Role.OPERATOR: Visible(only=_QUANTITIES, history=History.NONE),
        }
    ),
    "purchase": same_for(each for each in EMPLOYEES if each not in _NEVER_BUY),
    "transfer": same_for(each for each in EMPLOYEES if each not in _NEVER_BUY),
    "stocktake": ReadingTable(
        {
            **{role: Visible() for role in _DECIDE},
            **{role: Visible(history=History.NONE) for role in COUNT},
        }
    ),
    "own_use": same_for(each for each in EMPLOYEES if each not in _NEVER_BUY),
    "closing": same_for(each for each in EMPLOYEES if each not in _NEVER_BUY),
    "replenishment": same_for(each for each in EMPLOYEES if each not in _NEVER_BUY),
    "old_parts": same_for(each for each in EMPLOYEES if each not in _NEVER_BUY),
    "part": same_for(EMPLOYEES),
    "serials": same_for(()),
    "on_order": same_for(()),
    "old_line": same_for(()),
    # Where a notice went is for whoever sends it.
    "notice": same_for(
        (Role.CLERK, Role.APPROVER, Role.GENERAL_MANAGER, Role.AUDITOR), is_of_tickets=True
    ),
}
"""By the prefix of the streams."""
PIECES = same_for(each for each in EMPLOYEES if each not in _NEVER_BUY)
"""Of pieces with serials: as the list of stock shows them."""
OUT = ReadingTable(
    {
        **{role: Visible() for role in EMPLOYEES if role is not Role.OPERATOR},
        Role.TECHNICIAN: Visible(own=True),
    },
    people=("technicians",),
    is_of_tickets=False,
    own_column="technicians",
)
"""Of what left the shelves: technicians see what they have themselves."""
VALUES = ReadingTable(
    {
        role: Visible(without=frozenset(("worth",)))
        for role in EMPLOYEES
        if role is not Role.TECHNICIAN
    },
    is_of_tickets=False,
)
"""Of what stock has cost: without the book from which the next movement goes on."""
