"""四个故事 (the repairs): each from the call to the filed dossier; refused where a rule says so.

Each ends with the number of its ticket.
"""

from collections.abc import Callable
from typing import TypeAlias

from guiyi.demo.desk import Cast, Desk
from guiyi.demo.stories.clock import now
from guiyi.demo.stories.files import File
from guiyi.demo.stories.orders import Order
from guiyi.demo.stories.reports import Report, called, reported, travelling
from guiyi.demo.stories.stock import Note

Story: TypeAlias = Callable[[Desk, Cast], str]


def straight(desk: Desk, cast: Cast) -> str:
    """途径 A, 一次修好: the customer calls the clerk; at every gate somebody comes too early."""
    clerk, liu, sun, keeper = (cast.people[name] for name in ("clerk", "liu", "sun", "keeper"))
    said = cast["leaking"]
    report = _approved_straight(desk, cast)
    order = Order(desk, clerk, report.ticket)
    order.is_refused(clerk, "openings", order.form("carried", more=1), "differs-from-approved")
    order.opened(clerk)
    order.assigned(clerk, liu)
    seen = {"content": order.shown(sun)["content"]}
    order.is_refused(sun, "signatures", seen, "not-your-order")
    order.taken(liu)

    note, visit = Note(desk, order.ticket, keeper, liu), order.visit(1)
    visit.agreed(liu)
    visit.is_refused(liu, "departures", visit.departure, "parts-not-in-hand")
    part = next(iter(note.lines))
    note.is_refused(keeper, "issues", note.drawing(part, more=1), "beyond-note")
    note.drawn()
    visit.made(liu)
    signing = {**said["signing"], "how": "drawn", **seen}
    codes = ("no-work-recorded", "visit-not-done")
    order.is_refused(liu, "customer-signatures", signing, *codes)
    order.recorded(liu, said["work"])
    visit.ended(liu)

    account = said["account"]
    early = note.settling(account)
    note.is_refused(keeper, "reconciliations", early, "no-customer-signature")
    order.customer_signed(liu, said["signing"])
    order.is_refused(liu, "hand-ins", {}, "not-reconciled")
    note.settled(account)
    order.handed_in(liu)
    order.is_refused(clerk, "closings", order.closing(order.number), "papers-unchecked")
    order.closed(clerk, [note.number])

    file = File(desk, order.ticket, clerk)
    file.is_too_early(said["answers"])
    file.called_back(said["answers"])
    file.filed()
    return order.ticket


def by_employee(desk: Desk, cast: Cast) -> str:
    """途径 B: an employee reports; returned once, approved by two, declined, made by another."""
    clerk, liu, sun = (cast.people[name] for name in ("clerk", "liu", "sun"))
    said = cast["filling"]
    report = _approved_by_two(desk, cast)
    order = Order(desk, clerk, report.ticket)
    order.opened(clerk)
    order.assigned(clerk, liu)
    order.does(liu, "declines", said["decline"])
    order.assigned(clerk, sun)
    order.taken(sun)
    note, visit = Note(desk, order.ticket, cast.people["keeper"], sun), order.visit(1)
    note.drawn()
    visit.agreed(clerk)
    visit.made(sun)
    order.recorded(sun, said["work"])
    visit.ended(sun)
    order.customer_signed(sun, said["signing"])
    note.settled(said["account"])
    order.handed_in(sun)
    order.closed(clerk, [note.number])
    return _followed_up(desk, cast, order.ticket, "filling")


def solved_remotely(desk: Desk, cast: Cast) -> str:
    """远程解决: nobody travels; called back like any other, and filed with statements."""
    return _followed_up(desk, cast, ended_remotely(desk, cast), "tripped")


def ended_remotely(desk: Desk, cast: Cast) -> str:
    """远程解决: the technician closes the case when the customer says that it works."""
    clerk, liu, said = cast.people["clerk"], cast.people["liu"], cast["tripped"]
    report = reported(desk, clerk, said)
    ending = {"ending": "solved_remotely", "customer_told_at": now()}
    report.is_refused(liu, "closings", ending, "not-solved")
    report.does(liu, "remote-guidances", said["guidance"])
    report.does(liu, "closings", ending)
    return report.ticket


def nobody_home(desk: Desk, cast: Cast) -> str:
    """二次上门: the parts come by post, nobody is at home, and the second visit opens them."""
    clerk, sun, said = cast.people["clerk"], cast.people["sun"], cast["capping"]
    report = reported(desk, clerk, said)
    report.does(sun, "remote-guidances", said["guidance"])
    report.does(sun, "diagnoses", {"diagnosis": travelling(said["diagnosis"], sun)})
    report.signed(sun)
    report.submitted(clerk)
    report.approved(cast.people["approver"], "approver")
    order = Order(desk, clerk, report.ticket)
    order.opened(clerk, "posted")
    order.assigned(clerk, sun)
    order.taken(sun)
    note, first, second = (
        Note(desk, order.ticket, cast.people["keeper"], sun),
        order.visit(1),
        order.visit(2),
    )
    note.posted(said["parcel"])
    first.agreed(clerk)
    first.made(sun)
    first.is_refused(sun, "endings", {"outcome": "no_access"}, "outcome-incomplete")
    first.ended(sun, outcome="no_access", door=said["door"])
    codes = ("not-arrived", "parcel-not-opened")
    order.is_refused(sun, "work-records", order.work(said["work"]), *codes)
    second.agreed(clerk)
    second.made(sun)
    note.opened_together(said["report"]["contact_name"])
    path = f"{order.path}/work-records"
    desk.does_once_heard(sun, "dispatch", path, order.work(said["work"]), *codes[1:])
    second.ended(sun)
    order.customer_signed(sun, said["signing"])
    note.settled(said["account"])
    order.handed_in(sun)
    order.closed(clerk, [note.number])
    return _followed_up(desk, cast, order.ticket, "capping")


def _approved_straight(desk: Desk, cast: Cast) -> Report:
    """The report of the straight repair, asked for too early, then approved by whom policy says."""
    clerk, liu, approver, said = (
        *(cast.people[name] for name in ("clerk", "liu", "approver")),
        cast["leaking"],
    )
    report = reported(desk, clerk, said)
    report.does(liu, "diagnoses", {"diagnosis": said["diagnosis"]})
    early = {"content": report.content(clerk)}
    codes = ("report-incomplete", "remote-not-tried", "unsigned")
    report.is_refused(clerk, "submissions", early, *codes)
    report.does(liu, "remote-guidances", said["guidance"])
    whole = said["diagnosis"] | said["further"]
    report.does(liu, "diagnoses", {"diagnosis": travelling(whole, liu)})
    report.does(clerk, "basics", {"basics": said["basics"]})
    report.signed(liu)
    report.submitted(clerk)
    other = {"as_what": "cost_deputy", "content": report.content(approver)}
    report.is_refused(cast.people["deputy"], "approvals", other, "approval-not-asked")
    report.approved(approver, "approver")
    return report


def _approved_by_two(desk: Desk, cast: Cast) -> Report:
    """The employee's report, completed by the clerk's own call; returned once."""
    clerk, liu, sun, said = (
        *(cast.people[name] for name in ("clerk", "liu", "sun")),
        cast["filling"],
    )
    report = reported(desk, sun, said)
    report.does(clerk, "basics", called(said))
    report.does(liu, "remote-guidances", said["guidance"])
    report.does(liu, "diagnoses", {"diagnosis": travelling(said["diagnosis"], liu, sun)})
    report.signed(liu)
    report.submitted(clerk)
    report.does(cast.people["deputy"], "returns", said["return"])
    corrected = said["diagnosis"] | said["corrected"]
    report.does(liu, "diagnoses", {"diagnosis": travelling(corrected, liu, sun)})
    report.signed(liu)
    report.submitted(clerk)
    report.approved(cast.people["approver"], "approver")
    report.approved(cast.people["deputy"], "cost_deputy")
    return report


def _followed_up(desk: Desk, cast: Cast, ticket: str, name: str) -> str:
    file = File(desk, ticket, cast.people["clerk"])
    file.called_back(cast[name]["answers"])
    file.filed()
    return ticket
