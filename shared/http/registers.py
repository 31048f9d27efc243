"""登记查阅 (look-ups): the newest cards and documents that a room has, and rows of its views.

The room that keeps a register reads the card from its own record. Every other room reads the newest
document it has heard of.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar, cast

from shared.decider import Document, Publisher
from shared.events.cards import (
    BranchCard,
    BranchDocument,
    CustomerCard,
    CustomerDocument,
    Delegated,
    DelegationDocument,
    PersonCard,
    PersonDocument,
)
from shared.events.meaning import LookUpKind
from shared.events.values import Personal
from shared.handle import Folded, Handler, Rehearsal
from shared.http import query
from shared.http.problem import NOT_BUILT, Problem
from shared.http.query import Views, Wanted
from shared.view import Recorded, View, ViewRow, recorded

T = TypeVar("T")
_FACTS = 1_000
"""Facts of streams with one beginning that are read at once."""
_PAGE = 10_000
"""Names of streams that are read at once."""
REGISTER = "intake"
"""The room that keeps the registers of people, branches, customers and machines."""


class Registers:
    """登记查阅: what a form may look up before its command is decided."""

    def __init__(
        self,
        handler: Handler,
        views: Views,
        clock: Callable[[], datetime],
        rehearsal: Rehearsal | None = None,
    ) -> None:
        self._handler, self._views, self._clock = handler, views, clock
        self._rehearsal = rehearsal

    def within(self, rehearsal: Rehearsal) -> "Registers":
        """The same look-ups, where a stream is as the rehearsal has read it."""
        return Registers(self._handler, self._views, self._clock, rehearsal)

    def now(self) -> datetime:
        """The moment by the room's own clock, UTC."""
        return self._clock()

    def stream(self, name: str) -> Folded:
        """A stream of this room as it stands."""
        return (self._rehearsal or Rehearsal(self._handler)).folded(name)

    def following(self, prefix: str) -> str:
        """The stream of this room that comes next in a series."""
        return (self._rehearsal or Rehearsal(self._handler)).following(prefix)

    def states(self, names: Sequence[str]) -> Mapping[str, Folded]:
        """Several streams of this room as they stand, read at once."""
        read = Rehearsal(self._handler, names)
        return {name: read.folded(name) for name in names}

    def recorded_in(self, prefix: str) -> Iterator[Recorded]:
        """All facts of the streams of this room that are called `<prefix>…`, by stream, in pages.

        However many there are, no more than a page of them is held at once.
        """
        store, after = self._handler.store, ("", 0)
        while page := store.facts_named(prefix, after, _FACTS):
            told = [recorded(store.room, each) for each in page]
            yield from told
            after = told[-1].stream, told[-1].version

    def wait_for_appends(self) -> None:
        """Return once nothing that is still being written has an earlier moment than now."""
        self._handler.store.wait_for_appends()

    def names(self, prefix: str, ending: str) -> Sequence[str]:
        """The streams that are called `<prefix>…<ending>`, as the record has them now."""
        found, after = list[str](), ""
        while page := self._handler.store.streams_named(prefix, after, _PAGE):
            found += [name for name in page if name.endswith(ending)]
            after = page[-1]
        return found

    def document(self, room: str, stream: str, kind: type[T]) -> T | None:
        """The newest public document of another room's stream; None if none came."""
        found = self._views.document(room, stream)
        assert found is None or isinstance(found, kind)
        return found

    def documents(self, prefix: str) -> Mapping[str, Document]:
        """By stream the newest cards of a register that came; some seconds old they may be."""
        return self._views.documents_of(REGISTER, prefix)

    def person(self, number: str) -> PersonCard | None:
        """人员: the newest card of a person."""
        if self._is_register:
            return self._own(f"person-{number}", PersonCard)
        found = self.document(REGISTER, f"person-{number}", PersonDocument)
        return found.card if found else None

    def branch(self, code: str) -> BranchCard | None:
        """网点: the newest card of a branch."""
        if self._is_register:
            return self._own(f"branch-{code}", BranchCard)
        found = self.document(REGISTER, f"branch-{code}", BranchDocument)
        return found.card if found else None

    def delegated(self, number: str) -> Sequence[Delegated]:
        """授权: what a person has delegated and not ended, as far as this room has heard."""
        stream = f"delegation-{number}"
        found = self._shown(stream) if self._is_register else None
        if not self._is_register:
            found = self.document(REGISTER, stream, DelegationDocument)
        return found.given if isinstance(found, DelegationDocument) else ()

    def customer(self, number: str) -> CustomerCard | None:
        """用户: the card of a customer, in the room that keeps it."""
        return self._own(f"customer-{number}", CustomerCard) if self._is_register else None

    def email_of(self, customer: str | None) -> Personal | None:
        """电子邮箱: that on the newest card of a customer that came from the register, sealed."""
        if customer is None:
            return None
        found = self.document(REGISTER, f"customer-{customer}", CustomerDocument)
        return found.card.email if found else None

    def keeper(self, stream: str) -> str:
        """The branch that keeps a card of this room."""
        return self.stream(stream).branch

    def speaking_of(self, prefix: str, kind: LookUpKind, text: str) -> Sequence[str]:
        """The newest papers, of any branch, that speak of a phone or a name, now or once."""
        return self._views.streams([(kind, text)], None, prefix)

    def rows(self, view: View, where: Mapping[str, object]) -> Sequence[ViewRow]:
        """Rows of a view past the branch walls: a command must know what its caller need not."""
        wanted = Wanted(where, None, query.LIMIT, None, newest_first=False)
        return self._views.page(view, wanted).rows

    def glimpsed(self, view: View, where: Mapping[str, object]) -> Sequence[ViewRow]:
        """As `rows`, for what is only warned of: none while the view is built, nobody waits."""
        return self.known(view, where) or ()

    def known(self, view: View, where: Mapping[str, object]) -> Sequence[ViewRow] | None:
        """As `rows`, for what is shown beside something else; None while the view is built."""
        try:
            return self.rows(view, where)
        except Problem as problem:
            if problem.result != NOT_BUILT:
                raise
            return None

    def _shown(self, stream: str) -> object:
        """The public document of a stream of this room, as it stands; None: there is no such."""
        paper = self._handler.deciders.get(stream.partition("-")[0])
        if paper is None:
            return None
        return cast("Publisher", paper).public(self.stream(stream).state, None).document

    @property
    def _is_register(self) -> bool:
        return self._handler.store.room == REGISTER

    def _own(self, stream: str, kind: type[T]) -> T | None:
        """A card of a register that this room keeps; None if it keeps no such register."""
        if stream.partition("-")[0] not in self._handler.deciders:
            return None
        card = self.stream(stream).state
        return card if isinstance(card, kind) else None
