"""Values at the edge: what may come in by wire, and in which form it is kept."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.events.values import (
    At,
    BranchCode,
    ContentHash,
    EmailAddress,
    Fen,
    Note,
    PartWanted,
    Personal,
    Phone,
    Quantity,
    Ref,
    Text,
    Ticket,
    TimeZone,
)


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        (Text, "  灌装头漏液 🙏 ", "灌装头漏液 🙏"),
        (Text, "䶮" * 200, "䶮" * 200),
        (Note, "水" * 4000, "水" * 4000),
        (Ref, "T-WANGWEI", "T-WANGWEI"),
        (BranchCode, "HZ01", "HZ01"),
        (Ticket, "BX-HZ01-20261123-0001", "BX-HZ01-20261123-0001"),
        (ContentHash, "0a" * 32, "0a" * 32),
        (TimeZone, "Europe/Lisbon", "Europe/Lisbon"),
        (Fen, 0, 0),
        (Quantity, 1, 1),
        (At, "2026-11-23T10:00:00+08:00", datetime(2026, 11, 23, 2, 0, tzinfo=UTC)),
        (Personal, " 王芳 ", "王芳"),
        (Phone, "+86 571 8888-0000 x12", "+86 571 8888-0000 x12"),
        (EmailAddress, " Li.Hua@Mail.Example.ORG ", "Li.Hua@mail.example.org"),
    ],
)
def test_what_is_sent_is_kept_in_one_form(kind: Any, sent: Any, kept: Any) -> None:
    assert TypeAdapter(kind).validate_python(sent) == kept
    TypeAdapter(kind).json_schema()


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (Text, "  "),
        (Text, "水" * 201),
        (Text, 7),
        (Note, "水" * 4001),
        (Ref, ""),
        (Ref, "a b"),
        (Ref, "王芳"),
        (Ref, "x" * 65),
        (BranchCode, "hz01"),
        (Ticket, "BX-HZ01-2026-1"),
        (ContentHash, "0A" * 32),
        (TimeZone, "Asia/Atlantis"),
        (TimeZone, "../etc/passwd"),
        (Fen, -1),
        (Fen, 1.0),
        (Fen, "5"),
        (Fen, True),
        (Fen, 10**12 + 1),
        (Quantity, 0),
        (At, "2026-11-23T10:00:00"),
        (At, "tomorrow"),
        (Personal, "   "),
        (Personal, "水" * 201),
        (Personal, {"subject": "customer-1", "field": "name", "cipher": "x"}),
        (Phone, "call me"),
        (Phone, {"subject": "customer-1", "field": "phone", "cipher": "x"}),
        (EmailAddress, "li"),
        (EmailAddress, "li@localhost"),
        (EmailAddress, "Li Hua <li@example.org>"),
        (EmailAddress, "li@example.org, wang@example.org"),
        (EmailAddress, "li@example.org\r\nBcc: wang@example.org"),
        (EmailAddress, "l" * 65 + "@example.org"),
        (EmailAddress, "li@" + "m" * 63 + ("." + "m" * 63) * 3),
        (EmailAddress, {"subject": "customer-1", "field": "email", "cipher": "x"}),
        (PartWanted, {"part": "MFQ-32", "quantity": "2"}),
    ],
)
def test_what_does_not_fit_stays_outside(kind: Any, sent: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(sent)
