"""核销账目的规则 (rules of an account): every piece of a line is somewhere, and it was granted."""

from collections.abc import Iterator, Sequence

from services.inventory.issue_note.agreement import differences
from services.inventory.issue_note.places import unused_lines
from services.inventory.issue_note.state import IssueNote
from shared.alike import alike
from shared.decider import Rule, reason
from shared.events.issue_notes import Account, Condition, Opening, PartIssued
from shared.events.part_cases import Loss, Waiver


def as_signed(part: str, account: Account, note: IssueNote) -> Iterator[Rule]:
    """A rule: what was used is what the customer signed for; nothing used needs no signature."""
    if note.taken_over is not None:
        return  # the customer signed on the old paper, which the note names
    number = note.released.number if note.released else ""
    in_force = note.signed_content is not None or note.is_waived
    used = account.used or any(
        done.account.used for other, done in note.accounts.items() if other != part
    )
    yield bool(used) and not in_force, reason("no-customer-signature", number=number)
    found = differences(account, note.signed_for(part)) if in_force else ()
    for what, signed, told in found:
        yield True, reason("differs-from-signed", part=part, what=what, signed=signed, told=told)


def books(account: Account, note: IssueNote, issue: PartIssued | None) -> Iterator[Rule]:
    """A rule: issued = used + unused + approved lost; old parts as due, less what was waived."""
    if issue is None:
        return
    part, issued = issue.part, issue.issued.quantity
    used, unused, lost = account.used, account.unused, account.lost
    balanced = issued == used + unused + lost
    hands = issued - note.in_parcel(part)
    told = reason("unbalanced", part=part, issued=issued, used=used, unused=unused, lost=lost)
    yield not balanced, told
    yield used > hands, reason("used-from-parcel", part=part, used=used, opened=hands)
    yield from _granted(account, note, part)
    due, returned = used if issue.issued.old_part_due else 0, account.old_returned
    told = reason(
        "old-parts", part=part, due=due, waived=account.waived, returned=returned, used=used
    )
    yield not due - account.waived <= returned <= used, told
    unsaid = returned > 0 and account.fault_nature is None
    yield unsaid, reason("fault-nature-missing", part=part)
    yield from _homecoming(account, note, issue)


def serials(account: Account, note: IssueNote, issue: PartIssued | None) -> Iterator[Rule]:
    """A rule: each piece of a part with serials is named, fitted ones, old ones and the rest."""
    if issue is None:
        return
    part, drawn, fitted = issue.part, set(issue.issued.serials), set(account.new_serials)
    lines = [set(each.serials) for each in account.unused_lines]
    named = fitted.union(*lines) if lines else fitted
    strange = sorted(named - drawn)
    told = reason("serials-needed", part=part, named=len(fitted), asked=account.used)
    new = set(map(alike, fitted))
    same = sorted(each for each in set(account.old_serials) if alike(each) in new)
    yield bool(same), reason("old-is-new", part=part, serials=same)
    yield bool(strange), reason("serials-not-issued", serials=strange)
    yield bool(drawn) and len(fitted) != account.used and not strange, told
    twice = sorted(each for each in named if sum(each in line for line in (fitted, *lines)) > 1)
    yield bool(twice), reason("serial-twice", part=part, serials=twice)
    yield from _lines_named(account, note, issue)
    yield from _old_named(account, issue)


def _granted(account: Account, note: IssueNote, part: str) -> Iterator[Rule]:
    """A rule: no more is lost and waived than somebody else has granted."""
    lost, waived = note.lost(part), note.waived(part)
    odd_loss = account.loss is not None and account.loss not in note.granted(Loss, part)
    odd_waiver = account.waiver is not None and account.waiver not in note.granted(Waiver, part)
    yield (
        account.lost > lost or odd_loss,
        reason("loss-unapproved", part=part, asked=account.lost, approved=0 if odd_loss else lost),
    )
    yield (
        account.waived > waived or odd_waiver,
        reason(
            "waiver-unapproved",
            part=part,
            asked=account.waived,
            approved=0 if odd_waiver else waived,
        ),
    )


def _homecoming(account: Account, note: IssueNote, issue: PartIssued) -> Iterator[Rule]:
    """A rule: what was not in the parcel does not come home, and what was damaged not as good."""
    part, lines = issue.part, unused_lines(account)
    told = sum(each.quantity for each in lines)
    yield (
        told != account.unused,
        reason("unused-differs", part=part, unused=account.unused, listed=told),
    )
    if note.opened is None or not (missing := note.in_parcel(part)):
        return
    left = max(0, issue.issued.quantity - missing - account.used)
    if note.opened.opening is Opening.DAMAGED:
        good = sum(each.quantity for each in lines if each.condition is Condition.GOOD)
        yield good > left, reason("damaged-not-good", part=part, damaged=missing)
    else:
        unfound = sum(each.quantity for each in lines if each.found_because is None)
        yield unfound > left, reason("missing-not-home", part=part, missing=missing)


def _lines_named(account: Account, note: IssueNote, issue: PartIssued) -> Iterator[Rule]:
    """A rule: of a part with serials, it is known which pieces came home in which condition."""
    if not issue.issued.serials:
        return
    part, lines = issue.part, account.unused_lines
    unnamed = [each for each in lines if len(set(each.serials)) != each.quantity]
    known = {serial for loss in note.losses(part) for serial in loss.serials}
    elsewhere = {*account.new_serials, *(s for each in lines for s in each.serials)}
    gone = known - elsewhere if account.lost else set()
    named = sum(each.quantity for each in lines) - sum(each.quantity for each in unnamed)
    told = reason("serials-needed", part=part, named=named, asked=account.unused)
    yield bool(unnamed), told
    yield (
        account.lost > 0 and len(gone) != account.lost,
        reason("lost-serials", part=part, named=len(gone), asked=account.lost),
    )


def _old_named(account: Account, issue: PartIssued) -> Iterator[Rule]:
    old, returned = account.old_serials, account.old_returned
    many = len(old) > returned
    kept = bool(issue.issued.serials) and account.old_unnumbered_because is None
    unnamed = kept and not many and len(set(old)) != returned
    told = reason("old-serials-needed", part=issue.part, named=len(set(old)), asked=returned)
    yield unnamed, told
    # The ledger says so itself where pieces move.
    yield (
        many and not returned,
        reason("serials-too-many", part=issue.part, named=len(old), asked=returned),
    )


def holds(rules: Sequence[Rule]) -> bool:
    """Whether none of the rules is broken."""
    return not any(is_broken for is_broken, _ in rules)
