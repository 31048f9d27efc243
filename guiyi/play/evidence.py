"""凭据 (evidence): a signature as it is drawn on somebody's screen, brought before it is named."""

import struct
import zlib

from guiyi.plain import JsonObject
from guiyi.play.case import Case
from guiyi.play.people import Person

NAME, WIDE, HIGH = "签字.png", 40, 12


def drawing(hand: int = 0) -> bytes:
    """手写签名: a small PNG with one stroke, grey on white; of one hand always the same bytes."""
    rows = b"".join(b"\0" + _row(y, hand) for y in range(HIGH))
    head = struct.pack(">IIBBBBB", WIDE, HIGH, 1, 0, 0, 0, 0)
    made = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in made)


def drawn(case: Case, who: Person, room: str, paper: str, hand: int = 0) -> JsonObject:
    """How somebody signs by hand: the drawing is brought to the room that has the paper."""
    kept = case.rooms.brings(who, room, paper, drawing(hand))
    evidence = {"name": NAME, **kept.json()} if kept.is_success else None
    return {"how": "drawn", "evidence": evidence}


def _row(y: int, hand: int) -> bytes:
    stroke = (WIDE - 8) * y // HIGH + 4 - hand
    bits = "".join("0" if abs(x - stroke) <= 1 else "1" for x in range(WIDE))
    return int(bits, 2).to_bytes(WIDE // 8, "big")


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
