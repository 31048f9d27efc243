"""查询 (queries): what of a room's views and states a caller may see, page by page.

Branch walls are put on every list here, not in the room's routes. Personal texts lie sealed in the
rows; they are opened on the way out, row by row, by the caller's right at the row's branch.
"""

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Annotated, Protocol, TypeAlias

import msgspec
from fastapi import Depends, Query

from shared.decider import Document, reason
from shared.events.meaning import LookUpKind
from shared.http.context import RequestContext
from shared.http.problem import Problem, parked, unknown
from shared.log import logger
from shared.personal.keys import KeyNeverMade, Keys
from shared.personal.seal import (
    SealBroken,
    hide_sealed,
    open_sealed,
    open_what_opens,
)
from shared.record.store import Position
from shared.view import View, ViewRow
from shared.visibility import Sight

LOG = logger("http")
LIMIT = 200
PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """分页: how many rows, and behind which one."""

    limit: int = PAGE
    after: str | None = None


def _page(
    limit: Annotated[int, Query(ge=1, le=LIMIT, description="一页几行 rows a page")] = PAGE,
    after: Annotated[
        str | None,
        Query(max_length=2000, description="上一页的 next / `next` of the page before"),
    ] = None,
) -> Page:
    return Page(limit, after)


Paged: TypeAlias = Annotated[Page, Depends(_page)]
"""A parameter of a route that lists."""


@dataclass(frozen=True, slots=True)
class Before:
    """早于: what a column must be less than; one that says nothing is not."""

    bound: date
    """Or a moment."""


@dataclass(frozen=True, slots=True)
class Within:
    """期间: between which days or moments a column must be, both included; nothing said is not."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Listed:
    """列表: rows of a view wanted, as many as the caller may see."""

    view: View
    page: Page
    where: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Columns and the value each must have, or a tuple of those it may, or `Before`, `Within`; None
    asks nothing. Of a column with several values, one of them is enough."""
    newest_first: bool = False
    """From the greatest key down."""
    named: str | None = None
    """As what it was asked for, if all rows are of one thing: without any, that is not there."""
    anywhere: bool = False
    """Whether of all branches: of somebody's own rows."""
    told: Callable[[Sequence[ViewRow]], Sequence[object]] = list
    """What is shown of a page: the rows with what cards, papers and the day say of them.

    It may leave rows out that the columns alone could not; the page is shorter then."""


@dataclass(frozen=True, slots=True)
class Single:
    """单行: the row of a view with this key wanted."""

    view: View
    key: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """单件: something read from the record, with the branch it belongs to."""

    what: object
    named: str
    """As what it was asked for: what is not the caller's is told as if it were not there."""
    branch: str
    version: int | None = None
    """The stream's version, for If-Match; None if it is of several streams."""
    of: object = None
    """What says whose own work it is, if what is shown does not: a state."""
    branches: Collection[str] = ()
    """Further branches that it belongs to: whoever is of one of them sees it."""
    open_to: Collection[str] = ()
    """Who sees it whatever branch they are of: whose own it is."""


@dataclass(frozen=True, slots=True)
class AsFile:
    """表格: something shown, as a file: as much of it as the caller sees."""

    shown: Shown
    name: str
    """Of the file."""
    media_type: str
    write: Callable[[Mapping[str, object]], bytes]
    """Makes the file of what is seen, which is as JSON is made of."""


class OfBranch(Protocol):
    """Whatever says to which branch it belongs."""

    @property
    def branch(self) -> str:
        """The code of the branch."""


@dataclass(frozen=True, slots=True)
class Several:
    """多件: things read from the record, each with the branch it belongs to (`branch`).

    They are as the caller may see them already.
    """

    things: Sequence[OfBranch]
    named: str | None = None
    """As what they were asked for, if it is one thing that they all belong to."""
    anywhere: bool = False
    """Whether they are shown whatever their branch: they are the caller's own."""
    views: Sequence[View] = ()
    """Of which views they were made, if not of the record itself."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a view is asked for, once the walls are put on."""

    where: Mapping[str, object]
    branches: frozenset[str] | None
    """Rows of these branches alone; None: of all, or the view knows no branches.

    A row may have several (`branches`): then it is a row of each.
    """
    limit: int
    after: str | None
    newest_first: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a view answers."""

    rows: Sequence[ViewRow]
    next: str | None = None
    parked: int = 0
    """Rows of the page that wait for repair and are older than they should be."""


class Views(Protocol):
    """视图库: the rows of a room's views, as its worker has built them."""

    def page(self, view: View, wanted: Wanted) -> Found:
        """One page, in the order of the view's key. Raises NotABookmark."""

    def one(
        self, view: View, key: Sequence[object], branches: frozenset[str] | None = None
    ) -> Found:
        """The row of a key, or none; `parked` also where it is parked before it ever stood.

        `branches`: none either if it is of another branch than these; None: of any.
        """

    def document(self, room: str, stream: str) -> Document:
        """The newest public document of a foreign stream; None if none came."""

    def documents_of(self, room: str, prefix: str) -> Mapping[str, Document]:
        """By stream the newest documents of a foreign register, as they were some seconds ago."""

    def streams(
        self,
        sought: Sequence[tuple[LookUpKind, str]],
        branches: frozenset[str] | None,
        prefix: str | None = None,
    ) -> Sequence[str]:
        """The first streams of these branches (None: of all) that speak of all that is sought.

        `prefix`: of such papers alone, the highest numbers first.
        """

    def reached(self, view: View, token: str) -> bool | None:
        """Whether the view holds what the token names, waiting two seconds; None: not our token."""


class NotABookmark(Exception):
    """The `after` of a query was not the `next` of a page."""


def bookmark(place: Sequence[object]) -> str:
    """The `next` of a page that ends with the row at this place."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(place))).decode().rstrip("=")


def place_of(bookmark: str, width: int) -> list[str | int | bool]:
    """The place a page goes on behind. Raises NotABookmark."""
    try:
        text = base64.urlsafe_b64decode(bookmark + "=" * (-len(bookmark) % 4))
        place = msgspec.json.decode(text, type=list[str | int | bool])
    except (ValueError, binascii.Error):
        raise NotABookmark from None
    if len(place) != width:
        raise NotABookmark
    return place


_TOKEN = re.compile(r"([a-z_]{1,40}):((?:\d{1,9}=\d{1,18},){0,255}\d{1,9}=\d{1,18})")


def token_of(room: str, positions: Sequence[Position]) -> str:
    """Where a room's record stands: `intake:3=17,5=2`, the last seq of each partition touched."""
    return f"{room}:{','.join(f'{each.partition}={each.seq}' for each in positions)}"


def positions_of(room: str, token: str) -> Sequence[Position] | None:
    """What a token of this room names; None for another room's. Raises Problem."""
    if (found := _TOKEN.fullmatch(token)) is None:
        refused = reason("header", header="X-Token", expected=f"{room}:3=17,5=2")
        raise Problem(400, "request", refused)
    if found[1] != room:
        return None
    pairs = (pair.partition("=") for pair in found[2].split(","))
    return [Position(int(partition), int(seq)) for partition, _, seq in pairs]


def page(views: Views, listed: Listed, context: RequestContext) -> Found:
    """The rows of one page that the caller may see, opened by right. Raises Problem."""
    where = {name: value for name, value in listed.where.items() if value is not None}
    wanted = Wanted(
        where,
        None if listed.anywhere else _walls(listed.view, context),
        listed.page.limit,
        listed.page.after,
        listed.newest_first,
    )
    try:
        return views.page(listed.view, wanted)
    except NotABookmark:
        refused = reason("parameter", parameter="after", expected="next")
        raise Problem(400, "request", refused) from None


def row(views: Views, single: Single, context: RequestContext) -> tuple[ViewRow, bool]:
    """The row, if the caller may see it, and whether it is parked. Raises Problem."""
    found = views.one(single.view, single.key, _walls(single.view, context))
    what = "/".join(map(str, single.key))
    if not found.rows:
        raise parked(what) if found.parked else unknown(what)
    (row,) = found.rows
    return row, bool(found.parked)


def within(several: Several, context: RequestContext) -> Sequence[OfBranch]:
    """Those of the caller's branches. Raises Problem if one thing was asked for, and none is."""
    theirs = [e for e in several.things if several.anywhere or context.within(e.branch)]
    if several.things and not theirs and several.named is not None:
        raise unknown(several.named)
    return theirs


def opened(seen: Sequence[tuple[object, Sight]], keys: Keys) -> list[object]:
    """The things as JSON is made of, each as far as it is seen."""
    clear = iter(_open_all([thing for thing, sight in seen if sight.opens], keys))
    shown = [
        next(clear) if sight.opens else _open_one(thing, keys, sight.words) for thing, sight in seen
    ]
    several = zip(shown, seen, strict=True)
    return [sight.cut(msgspec.to_builtins(each)) for each, (_, sight) in several]


def _open_all(things: Sequence[object], keys: Keys) -> Sequence[object]:
    try:
        opened: Sequence[object] = open_sealed(list(things), keys)
    except (KeyNeverMade, SealBroken):
        return [_open_one(each, keys) for each in things]
    return opened


def _open_one(thing: object, keys: Keys, only: frozenset[str] | None = None) -> object:
    """One thing alone. What of it cannot be opened says so, and the rest is still shown."""
    if only is not None and not only:
        return hide_sealed(thing)
    try:
        return open_sealed(thing, keys, only)
    except (KeyNeverMade, SealBroken) as error:
        LOG.warning("seal", error=error)
        return open_what_opens(thing, keys, only)


def _walls(view: View, context: RequestContext) -> frozenset[str] | None:
    return context.walls if columns(view) & {"branch", "branches"} else None


def columns(view: View) -> frozenset[str]:
    """The names of a view's columns."""
    return frozenset(view.Row.__dataclass_fields__)
