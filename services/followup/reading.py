"""回访的阅读 (reading in followup): which role sees what customers said, and of their files.

The table "Reading" of the trade; `tests/house/roles.toml` says the same in its own words.
"""

from collections.abc import Mapping
from dataclasses import replace

from shared.events.followup import PaperKind
from shared.events.values import Role
from shared.visibility import Contact, History, ReadingTable, Visible, same_for

_SAID = frozenset(("opinion", "words"))
"""What the customer said in their own words."""
_ASKED = Visible(Contact.ASKED, words=_SAID)
_NO_SURVEY = frozenset(each for each in PaperKind if each is not PaperKind.FOLLOW_UP)
_OF_PARTS = frozenset((PaperKind.ISSUE_NOTE, PaperKind.NO_PARTS))
_CALL_BACK = frozenset(("call_back", "call_back_due_at"))
_NUMBERS = frozenset(("ticket", "branch", "stage", "kind", "version"))

# Nothing of a dossier is personal but the files of its addenda.
_DOSSIERS = ReadingTable(
    {
        Role.CLERK: Visible(Contact.SINGLE),
        Role.APPROVER: Visible(Contact.ASKED),
        Role.GENERAL_MANAGER: Visible(Contact.ASKED),
        Role.STOREKEEPER: Visible(papers=_OF_PARTS, without=_CALL_BACK, history=History.NONE),
        Role.BASE: Visible(papers=_NO_SURVEY, without=_CALL_BACK),
        Role.FINANCE: Visible(without=_CALL_BACK),
        Role.AUDITOR: Visible(Contact.ASKED),
        Role.OPERATOR: Visible(only=_NUMBERS),
    },
    people=("scheduled.technicians",),
)
_LENT = ReadingTable(
    {
        Role.CLERK: Visible(),
        Role.APPROVER: Visible(),
        Role.GENERAL_MANAGER: Visible(),
        Role.FINANCE: Visible(),
        Role.AUDITOR: Visible(),
        Role.OPERATOR: Visible(only=_NUMBERS),
    }
)
_OWN = Visible(own=True, papers=_NO_SURVEY, without=_CALL_BACK, history=History.OWN)

READING: Mapping[str, ReadingTable] = {
    "survey": ReadingTable(
        {
            Role.CLERK: Visible(Contact.SINGLE, words=_SAID),
            Role.APPROVER: _ASKED,
            Role.GENERAL_MANAGER: _ASKED,
            Role.AUDITOR: _ASKED,
        },
        people=("technicians", "scheduled.technicians"),
        inside=frozenset(("survey",)),
    ),
    "dossiers": _DOSSIERS,
    "papers_lent": _LENT,
    "survey_link": same_for(()),
    # Where a notice went is for whoever sends it.
    "notice": same_for(
        (Role.CLERK, Role.APPROVER, Role.GENERAL_MANAGER, Role.AUDITOR), is_of_tickets=True
    ),
    "dossier": replace(_DOSSIERS, by={**_DOSSIERS.by, Role.TECHNICIAN: _OWN}),
}
"""By the prefix of the streams; `dossiers` is their list, `papers_lent` what of them is out. The
call-back says whose job it was."""
