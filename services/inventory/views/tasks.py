"""配件库的待办 (tasks of inventory): what of the store waits for somebody else's word.

What keepers act on themselves stands on their lists, with what is next for each paper.
"""

from collections.abc import Mapping

from shared import tasks
from shared.events import issue_notes, own_use, purchases
from shared.events.values import Role
from shared.tasks import Left, Waits
from shared.view import Key, Recorded

NAME = "tasks"
VERSION = 2
KEY = tasks.KEY
INDEXES = tasks.INDEXES
Row = tasks.Row
OWN_USE, PURCHASE = "own_use", "purchase"
"""The lines of work; of what is asked for on an issue note the number of the request is one."""
_GRANTERS = (Role.APPROVER.value, Role.GENERAL_MANAGER.value)


def told(recorded: Recorded) -> Mapping[str, Left]:
    """What a fact leaves to be decided."""
    match recorded.fact:
        case own_use.UseAsked():
            return {OWN_USE: Waits("grants", _GRANTERS)}
        case own_use.UseApproved() | own_use.UseRefused() | own_use.UseWithdrawn():
            return {OWN_USE: None}
        case purchases.PurchaseAsked(is_local=True):
            return {PURCHASE: Waits("approvals", _GRANTERS)}
        case purchases.LocalPurchaseApproved() | purchases.LocalPurchaseRefused():
            return {PURCHASE: None}
        case purchases.PurchaseEnded():
            return {PURCHASE: None}
        case fact:
            return _of_note(fact)


def _of_note(fact: object) -> Mapping[str, Left]:
    """Losses, waivers and corrections, several at once."""
    match fact:
        case issue_notes.LossAsked(number=number):
            return {number: Waits("loss-approvals", _GRANTERS)}
        case issue_notes.WaiverAsked(number=number):
            return {number: Waits("waiver-approvals", _GRANTERS)}
        case issue_notes.CorrectionAsked(number=number):
            return {number: Waits("correction-approvals", _GRANTERS)}
        case (
            issue_notes.LossApproved(number=number)
            | issue_notes.LossRefused(number=number)
            | issue_notes.OldPartWaived(number=number)
            | issue_notes.WaiverRefused(number=number)
            | issue_notes.ReconciliationCorrected(number=number)
            | issue_notes.IssueCorrected(number=number)
            | issue_notes.CorrectionRefused(number=number)
        ):
            return {number: None}
        case _:
            return {}


keys = tasks.keys_of(told)


def project(key: Key, row: tasks.Row | None, recorded: Recorded) -> tasks.Row | None:
    """The row after the fact."""
    return tasks.after(told, key, row, recorded)
