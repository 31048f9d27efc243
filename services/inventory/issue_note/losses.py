"""报损 (losses): who grants one that nobody knows the cost of, and what one comes to.

What was granted is an upper bound; the account of its line says how many pieces are lost. Pieces
that turn up come home, or were used after all: for those nobody bears anything, and of a loss of
which nothing is left nothing stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from services.inventory.issue_note.asking import Decided, NoteRequest
from services.inventory.issue_note.state import IssueNote
from services.inventory.part_register import card_of
from shared.decider import Asked, Rule, reason
from shared.events.issue_notes import Account
from shared.events.part_cases import Loss


def cost_known(loss: Loss, asked_as: Sequence[str], asked: Asked) -> Iterator[Rule]:
    """A rule: what the catalogue has no price of is granted as a cost is that nobody knows."""
    card = card_of(asked, loss.part)
    unknown = card is None or card.price_of(loss.quantity) is None
    told = reason("loss-cost-unknown", part=loss.part, needed=tuple(asked_as))
    yield unknown and bool(asked_as), told


def as_settled(note: IssueNote, request: NoteRequest) -> NoteRequest:
    """The request as the account of its line leaves it; before that, void if nothing of it left."""
    loss = request.what
    if not isinstance(loss, Loss) or request.decided is not Decided.GRANTED:
        return request
    if loss.part not in note.accounts:
        if note.loss(request.number) is not None:
            return request
        return replace(request, decided=Decided.VOID, upheld=0, borne_fen=0)
    upheld = _upheld(note, note.accounts[loss.part].account, loss.part).get(request.number, 0)
    stands = Decided.GRANTED if upheld else Decided.VOID
    borne = loss.fen * upheld // loss.quantity
    return replace(request, decided=stands, upheld=upheld, borne_fen=borne)


def _upheld(note: IssueNote, account: Account, part: str) -> Mapping[str, int]:
    """How many pieces of each granted loss of the part are lost.

    Pieces with serials are told apart by them; of others, the loss that the account names counts
    first, then whichever was asked for first.
    """
    losses = {number: note.loss(number) for number in note.granted(Loss, part)}
    elsewhere = {*account.new_serials, *(s for each in account.unused_lines for s in each.serials)}
    left, found = account.lost, dict[str, int]()
    for number in sorted(losses, key=lambda each: each != account.loss):
        loss = losses[number]
        assert isinstance(loss, Loss)
        most = len(set(loss.serials) - elsewhere) if loss.serials else loss.quantity
        found[number] = min(left, most)
        left -= found[number]
    return found
