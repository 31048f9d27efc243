"""单据的结局 (how tickets ended): what rooms say of each, compared with the answers to people.

Nothing here relies on what the demo itself has said.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from guiyi.access import PAGE, Access, Answered
from guiyi.history import told_by_rooms
from guiyi.plain import JsonObject
from guiyi.play.player import NotSo
from guiyi.speech import say
from shared.events.actors import ServiceActor

NOT_FOUND = 404
OF_A_NOTE = ("PartIssued", "ArrivalAnnounced", "ParcelOpened", "PartReconciled", "LossApproved")
BY_REACTION: Mapping[str, Sequence[str]] = {
    "ApprovalNoted": ("RepairApproved",),
    "AmendmentNoted": ("ReportAmended",),
    "ChangeNoted": ("ReportAmended",),
    "ContactNoted": ("ReportAmended",),
    "NatureNoted": ("ReportReturned", "ReportAmended"),
    "IssueNoteReleased": ("WorkOrderSigned", "FurtherNoteNamed"),
    "SignatureNoted": ("CustomerSigned", "SignatureWaived"),
    "IssueNoteNoted": OF_A_NOTE,
    "CallBackScheduled": ("RepairClosed",),
    "PapersAsked": ("RepairClosed",),
    "PaperAdded": ("RepairApproved", "RepairClosed", "PartReconciled", "SurveyAnswered"),
    "ClosingNoted": ("RepairClosed",),
    "AcceptanceNoted": ("CommissioningPlanned",),
    "PaperLent": ("ClaimSubmitted",),
    "PaperReturned": ("ClaimReturned", "ClaimApproved", "ClaimRejected", "ClaimWithdrawn"),
}
"""Facts that nobody asks for over HTTP, and the facts of people after which the rooms owe them."""
HURRIED = frozenset(("AmendmentNoted", "ChangeNoted", "ContactNoted"))
"""What is noted or not, depending on whether a change and its decision are heard of at once."""
OF_THE_UNHAPPY = ("ReportRepeated", "ReportComplained")
"""What becomes of what a customer said at the call-back."""
OF_A_CLOCK = ("FilingDue",)
"""By when something is to be done, said beside what a room owes."""
OF_NO_TICKET = ("VoucherUsed", "VoucherFreed")
"""Facts that are written with those of a ticket, in a book of all tickets."""
REACTION = ServiceActor.REACTION.named("")
TIMER = ServiceActor.TIMER.named("")


@dataclass(frozen=True, slots=True)
class Told:
    """One story's ticket at the end."""

    ticket: str
    story: str
    state: str
    facts: int
    papers: Sequence[JsonObject]
    """Those of its filed dossier; none if the case is still open."""


def state_of(access: Access, ticket: str) -> str:
    """Where a ticket stands: its work order if there is one, else its report."""
    token = access.token()
    orders = access.get("dispatch", "/v1/work-orders", token, ticket=ticket)["rows"]
    if orders:
        return str(orders[-1]["stage"])
    return str(access.get("intake", f"/v1/tickets/{ticket}", token)["state"])


def filed_of(access: Access, ticket: str) -> JsonObject | None:
    """The dossier of a ticket if it is filed; it must have every paper that was asked for.

    Raises NotSo.
    """
    try:
        told = access.get("followup", f"/v1/dossiers/{ticket}", access.token())
    except Answered as no:
        if no.status != NOT_FOUND:
            raise
        return None
    if told["stage"] != "filed":
        return None
    have = {(each["kind"], each["number"]) for each in told["papers"]}
    lacks = [each["kind"] for each in told["asked"] if (each["kind"], each["number"]) not in have]
    if lacks or told["late"]:
        raise NotSo(say("demo.papers_differ", ticket=ticket, papers=", ".join(lacks)))
    return told


def history_of(access: Access, ticket: str, accepted: Counter[str]) -> Sequence[JsonObject]:
    """A ticket's facts in every room: each accepted one once, and those that the rooms owe.

    Who is reminded of what hangs on the clock alone. Raises NotSo.
    """
    told, away = told_by_rooms(access, ticket)
    steps = [step for step in told if not str(step["actor"]).startswith(TIMER)]
    accepted = Counter({each: n for each, n in accepted.items() if each not in OF_NO_TICKET})
    owed = [step["type"] for step in steps if str(step["actor"]).startswith(REACTION)]
    asked = Counter(step["type"] for step in steps)
    asked.subtract(owed)
    differs = {*(+asked - accepted), *(accepted - asked), *_owed_otherwise(owed, accepted)}
    if away or differs:
        odd = ", ".join(sorted(differs))
        raise NotSo(say("demo.history_differs", ticket=ticket, facts=odd or ", ".join(away)))
    return told


def legacy_history_of(access: Access, ticket: str) -> tuple[Sequence[JsonObject], str]:
    """A legacy ticket's rows as they were imported, and the ticket that continues it."""
    steps, _ = told_by_rooms(access, ticket)
    row = access.get("intake", f"/v1/tickets/{quote(ticket, safe='')}", access.token())
    return steps, str(row["continued_as"])


def imported_in_view(access: Access, source: str) -> tuple[int, int]:
    """The old desk's tickets in the list of tickets: how many, and of how many rows."""
    rows = list(access.rows("intake", "/v1/tickets", source=source))
    return len(rows), sum(row["facts"] - (row["continued_as"] is not None) for row in rows)


def open_legacy_ticket(access: Access, source: str) -> str | None:
    """An open ticket of the old desk that is pleasant to look at; None if all are closed."""
    token = access.token()
    page = access.get("intake", "/v1/tickets", token, source=source, is_open=True, limit=PAGE)
    rows = page["rows"]
    fit = [row for row in rows if 4 <= row["facts"] <= 12] or rows  # noqa: PLR2004 - lines
    return str(fit[0]["ticket"]) if fit else None


def _owed_otherwise(owed: Sequence[str], accepted: Counter[str]) -> Sequence[str]:
    """Facts that rooms wrote without a reason, or did not write although they owed them.

    Their number is not compared. It depends on how fast rooms hear of one another, because they
    look at the newest document.
    """
    owed = [kind for kind in owed if kind not in (*OF_THE_UNHAPPY, *OF_A_CLOCK)]
    wanted = {kind for kind, steps in BY_REACTION.items() if any(accepted[step] for step in steps)}
    if not accepted["PartIssued"]:
        wanted -= {"IssueNoteReleased", "SignatureNoted"}
    if not accepted["WorkOrderSigned"]:
        wanted -= {"ClosingNoted"}
    if not accepted["SurveyAnswered"]:
        wanted -= {"CallBackScheduled"}  # the customer of a case that was withdrawn is not called
    return sorted((wanted - HURRIED) ^ (set(owed) - (wanted & HURRIED)))
