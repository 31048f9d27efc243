"""文件格式 (media): what a file is, by its own bytes, and whether it says where it was made.

Only parts are looked at by which these formats are put together. Pictures are never decoded, so a
picture that is made to cost time or memory costs none. A file is never changed but to take parts
out that say where, when and with what it was made: then what is left of it stays as it was.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

PNG = b"\x89PNG\r\n\x1a\n"
_EXIF, _XMP, _IPTC = b"Exif\0\0", b"http://ns.adobe.com/", b"Photoshop 3.0\0"
_TIFF = {b"II*\0": "<", b"MM\0*": ">"}
"""How a TIFF begins, and the order of its bytes."""
_GPS_IN_IFD, _HEAD = 0x8825, 40
_COLOURS = (b"ICC_PROFILE\0", b"JFIF\0")
# Markers of JPEG: those that stand alone, of applications (one of which says how colours are kept),
# of comments, of a scan, and of the end.
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_APPS, _ADOBE, _WORDS_OF_JPEG = range(0xE0, 0xF0), 0xEE, 0xFE
_SCAN, _END, _MARK = 0xDA, 0xD9, 0xFF
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Behind the data of a scan. It is found in one pass, however the data is made."""
_WORDS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_ABOUT = (b"XML:com.adobe.xmp", b"Raw profile type", b"exif:", b"GPS", b"Location")
MOST_PARTS = 20_000
"""An honest file of 10 MB has a few thousand."""
_IN_PDF = (b"exif:GPS", b"Exif\0\0II", b"Exif\0\0MM", b"/GPSInfo")

Part: TypeAlias = tuple[bytes, bytes]
"""A part of a file: what it is, and all its bytes.

`exif` and `about` may tell where, `note` are other words, `behind` follows the picture.
"""
_TAKEN_OUT = frozenset({b"exif", b"about", b"note", b"behind"})


class NotWhole(Exception):
    """A file that begins like one of a known format and is not put together like one."""


def media_type(content: bytes) -> str | None:
    """What the file is, by its own bytes; None if it is none of those that are taken."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(PNG):
        return "image/png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if content.startswith(b"%PDF-") else None


def tells_where(content: bytes) -> bool:
    """Whether it holds, or may hold, where it was made. Raises NotWhole."""
    kind = media_type(content)
    if kind == "application/pdf":
        return any(mark in content for mark in _IN_PDF)
    return any(_tells(name, part) for name, part in parts(content, kind))


def stripped(content: bytes) -> bytes:
    """The picture without what tells where, when and with what it was made. Raises NotWhole.

    A document that is no picture comes back as it is.
    """
    kind = media_type(content)
    if kind == "application/pdf":
        return content
    kept = b"".join(part for name, part in parts(content, kind) if name not in _TAKEN_OUT)
    if kind == "image/webp":
        return _rejoined(kept)
    return kept


def parts(content: bytes, kind: str | None) -> Iterator[Part]:
    """What a picture is put together of, in its order. Raises NotWhole."""
    if kind is None:
        raise NotWhole
    try:
        for count, each in enumerate(_READERS[kind](content)):
            if count == MOST_PARTS:
                raise NotWhole
            yield each
    except (IndexError, struct.error):
        raise NotWhole from None


def _tells(name: bytes, part: bytes) -> bool:
    if name == b"exif":
        return _has_gps(part)
    return name == b"about" or (name == b"behind" and any(part))


def _jpeg(content: bytes) -> Iterator[Part]:
    yield b"start", content[:2]
    at = 2
    while (marker := _marker(content, at)) != _END:
        if marker in _ALONE:
            yield b"image", content[at : at + 2]
            at += 2
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        end = at + 2 + length
        if marker == _SCAN:
            found = _NEXT_MARKER.search(content, end)
            end = found.start() if found else len(content) + 1
        if end > len(content) or end < at + 4:
            raise NotWhole
        yield _segment(marker, content[at + 4 : at + 40]), content[at:end]
        at = end
    yield b"image", content[at : at + 2]
    yield from _behind(content, at + 2)


def _marker(content: bytes, at: int) -> int:
    if content[at] != _MARK or content[at + 1] == _MARK:
        raise NotWhole
    return content[at + 1]


def _segment(marker: int, begins: bytes) -> bytes:
    if marker not in _APPS or marker == _ADOBE:
        return b"note" if marker == _WORDS_OF_JPEG else b"image"
    if begins.startswith(_EXIF):
        return b"exif"
    if begins.startswith((_XMP, _IPTC)):
        return b"about"
    return b"image" if begins.startswith(_COLOURS) else b"note"


def _png(content: bytes) -> Iterator[Part]:
    yield b"start", content[:8]
    at, name = 8, b""
    while name != b"IEND":
        (length,) = struct.unpack_from(">I", content, at)
        name, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            raise NotWhole
        yield _chunk(name, content[at + 8 : at + 40]), content[at:end]
        at = end
    yield from _behind(content, at)


def _chunk(name: bytes, begins: bytes) -> bytes:
    if name in _WORDS:
        return b"about" if begins.startswith(_ABOUT) else b"note"
    return b"exif" if name == b"eXIf" else b"image"


def _webp(content: bytes) -> Iterator[Part]:
    (size,) = struct.unpack_from("<I", content, 4)
    whole = size + 8
    if whole > len(content):
        raise NotWhole
    yield b"start", content[:12]
    at = 12
    while at < whole:
        (length,) = struct.unpack_from("<I", content, at + 4)
        name, end = content[at : at + 4], at + 8 + length + length % 2
        if end > whole:
            raise NotWhole
        told = {b"EXIF": b"exif", b"XMP ": b"about"}.get(name, b"image")
        yield told, content[at:end]
        at = end
    yield from _behind(content, whole)


def _behind(content: bytes, end: int) -> Iterator[Part]:
    """Whatever stands behind the picture: another picture, a film, anything."""
    if end < len(content):
        yield b"behind", content[end:]


def _rejoined(kept: bytes) -> bytes:
    """A WebP of these parts, which says how long it is and that it has neither EXIF nor XMP."""
    body = bytearray(kept)
    struct.pack_into("<I", body, 4, len(body) - 8)
    if body[12:16] == b"VP8X":
        body[20] &= 0xFF ^ 0x0C
    return bytes(body)


_READERS: Mapping[str, Callable[[bytes], Iterator[Part]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
}


def _has_gps(part: bytes) -> bool:
    """Whether the EXIF in this part has a position; if it cannot be read, it may have one."""
    head = part[:_HEAD]
    begun = [(head.find(mark), order) for mark, order in _TIFF.items() if mark in head]
    if not begun:
        return True
    at, order = begun[0]
    try:
        (first,) = struct.unpack_from(f"{order}I", part, at + 4)
        (count,) = struct.unpack_from(f"{order}H", part, at + first)
        tags = [
            struct.unpack_from(f"{order}H", part, at + first + 2 + 12 * n)[0] for n in range(count)
        ]
    except struct.error:
        return True
    return _GPS_IN_IFD in tags
