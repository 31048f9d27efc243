"""照签字 (paper against paper): whether an account says what the customer signed.

A signed order that says nothing of a part's serials or old parts leaves them to the account. What
it does say is what is reconciled.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import TypeAlias

from services.inventory.issue_note.state import IssueNote
from shared.decider import Number
from shared.events.issue_notes import Account, SignedUse

Difference: TypeAlias = tuple[str, Number, Number]
"""What differs, as the customer signed it, and as the account has it."""


def differences(account: Account, signed: SignedUse) -> Iterator[Difference]:
    """Where an account is not what the customer signed."""
    if account.used != signed.used:
        yield "used", signed.used, account.used
    new = signed.new_serials or ()
    if _differ(new, account.new_serials, signed.used, 0):
        yield "new_serials", _told(new), _told(account.new_serials)
    yield from _of_old_parts(account, signed)


def under_older(note: IssueNote) -> Sequence[str]:
    """旧签字下的账目: settled lines that agree with the signature in force, and name an older one.

    Where nobody signed, what was settled rests on nobody's signature.
    """
    if note.signed_content is None or note.is_waived:
        return []
    return [
        part
        for part, done in note.accounts.items()
        if done.account.used
        and done.content != note.signed_content
        and not any(differences(done.account, note.signed_for(part)))
    ]


def to_correct(note: IssueNote) -> Collection[str]:
    """待更正: settled lines that are not as the customer has signed by now.

    Of what a technician had before the books the customer signed nothing here: of such a line
    anything may turn out to be otherwise.
    """
    if note.taken_over is not None:
        return note.accounts.keys()
    if note.signed_content is None and not note.is_waived:
        return []
    return [
        part
        for part, done in note.accounts.items()
        if any(differences(done.account, note.signed_for(part)))
    ]


def _of_old_parts(account: Account, signed: SignedUse) -> Iterator[Difference]:
    taken, returned = signed.old_taken or 0, account.old_returned
    if not taken and not signed.old_left:
        return
    # What was taken out and does not come home has to be waived.
    if not 0 <= taken - returned <= account.waived:
        yield "old_taken", taken, returned
    old = signed.old_serials or ()
    if _differ(old, account.old_serials, taken, max(0, taken - returned)):
        yield "old_serials", _told(old), _told(account.old_serials)


def _differ(signed: Sequence[str], named: Sequence[str], pieces: int, gone: int) -> bool:
    """Whether serials are not those signed for, of so many pieces, some of which are gone."""
    if not signed:
        return False
    lacking, strange = set(signed) - set(named), set(named) - set(signed)
    return len(lacking) > gone or (bool(strange) and len(set(signed)) >= pieces)


def _told(serials: Sequence[str]) -> Number:
    return sorted(serials) or "none_named"
