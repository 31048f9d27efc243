"""读事实 (reading facts): from the data of a fact's bytes to an instance of its class.

Data of the current schema version is decoded directly; older data passes its upcasts first. A fact
that is not in the book, and one written by a later version of this program, have errors of their
own, so that the caller can skip, park or refuse it.
"""

from collections.abc import Mapping
from functools import cache

import msgspec

from shared import events
from shared.events import (
    cards,
    closings,
    complaints,
    consignments,
    custody,
    dispatch,
    followup,
    intake,
    inventory,
    issue_notes,
    legacy,
    notices,
    old_parts,
    own_use,
    purchases,
    replenishments,
    stocktakes,
    transfers,
    travel_claims,
    urging,
    visits,
)
from shared.events.upcasts import DOCUMENT_UPCASTS, UPCASTS, Upcast

SHELF = (
    intake,
    cards,
    legacy,
    dispatch,
    visits,
    travel_claims,
    inventory,
    issue_notes,
    purchases,
    consignments,
    transfers,
    stocktakes,
    own_use,
    old_parts,
    replenishments,
    closings,
    followup,
    custody,
    complaints,
    notices,
    urging,
)
"""The modules of the book; importing them enters their facts."""


class UnknownType(Exception):
    """No fact or document of this name is in the book."""


class FutureSchema(Exception):
    """A later version of this program wrote it; upgrade and read again."""


class Unreadable(Exception):
    """The data does not have the form of its type and schema version."""


def load(name: str, schema: int, data: bytes) -> object:
    """Return the fact. Raises UnknownType, FutureSchema or Unreadable."""
    line = events.BOOK.get(name)
    if line is None:
        raise UnknownType(f"{name} stands in no book of facts")
    return _load(line, UPCASTS, schema, data)


def load_document(name: str, schema: int, state: bytes) -> object:
    """Return the state of a public document. Raises UnknownType, FutureSchema or Unreadable."""
    line = events.DOCUMENTS.get(name)
    if line is None:
        raise UnknownType(f"{name} is no public document")
    return _load(line, DOCUMENT_UPCASTS, schema, state)


def _load(
    line: events.FactEntry | events.DocumentEntry,
    upcasts: Mapping[tuple[str, int], Upcast],
    schema: int,
    data: bytes,
) -> object:
    if schema > line.schema:
        raise FutureSchema(
            f"{line.name} of schema {schema}; this program knows up to {line.schema}"
        )
    try:
        if schema == line.schema:
            return _decoder(line.kind).decode(data)
        plain = msgspec.json.decode(data, type=dict[str, object])
        for version in range(schema, line.schema):
            plain = upcasts[line.name, version](plain)
        return msgspec.convert(plain, line.kind, strict=True)
    except (msgspec.MsgspecError, UnicodeDecodeError, LookupError, TypeError) as error:
        raise Unreadable(f"{line.name} of schema {schema}: {error}") from error


@cache
def _decoder(kind: type) -> msgspec.json.Decoder[object]:
    return msgspec.json.Decoder(kind, strict=True)
