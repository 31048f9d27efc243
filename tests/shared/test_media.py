"""Files by their own bytes: what they are, whether they tell where, and what strip leaves."""

import struct
import time
import zlib

import pytest

from shared import media
from shared.pixels import pixels

JFIF, EXIF, XMP = b"JFIF\0\1\1", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"


def tiff(tag: int, order: str = "<") -> bytes:
    begun = b"II*\0" if order == "<" else b"MM\0*"
    return begun + struct.pack(f"{order}IHHHII", 8, 1, tag, 4, 1, 26) + bytes(4)


PLACE, TURNED = tiff(0x8825), tiff(0x0112)


def chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def png(*more: tuple[bytes, bytes], behind: bytes = b"", wide: int = 1, high: int = 1) -> bytes:
    head = (b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0))
    parts = (head, *more, (b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b""))
    return media.PNG + b"".join(chunk(*each) for each in parts) + behind


def jpeg(*segments: tuple[int, bytes], behind: bytes = b"") -> bytes:
    told = b"".join(
        bytes([0xFF, marker]) + struct.pack(">H", len(part) + 2) + part for marker, part in segments
    )
    scan = b"\xff\xda\x00\x04\x00\x00\x11\xff\x00\x22\xff\xd0\x33"
    return b"\xff\xd8" + told + scan + b"\xff\xd9" + behind


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = (n + struct.pack("<I", len(c)) + c + bytes(len(c) % 2) for n, c in chunks)
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


FLAGS = (b"VP8X", bytes([0x0C, *bytes(9)]))
PLAIN = {
    "png": png(),
    "png with words": png((b"tEXt", b"Title\0x")),
    "png that was turned": png((b"eXIf", TURNED)),
    "jpeg": jpeg((0xE0, JFIF)),
    "jpeg that was turned": jpeg((0xE1, EXIF + TURNED)),
    "jpeg with words": jpeg((0xFE, b"made by hand")),
    "jpeg with colours": jpeg((0xE2, b"ICC_PROFILE\0x")),
    "webp": webp((b"VP8 ", b"abc")),
    "pdf": b"%PDF-1.7 ...",
}
TELLING = {
    "png with a place": png((b"eXIf", PLACE)),
    "png with XMP": png((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>")),
    "png with a raw profile": png((b"zTXt", b"Raw profile type exif\0\0x")),
    "png with a place in words": png((b"tEXt", b"exif:GPSLatitude\x0030/1")),
    "png with something behind": png(behind=jpeg((0xE1, EXIF + PLACE))),
    "jpeg with a place": jpeg((0xE1, EXIF + PLACE)),
    "jpeg with a place, bytes the other way": jpeg((0xE1, EXIF + tiff(0x8825, ">"))),
    "jpeg with an EXIF that cannot be read": jpeg((0xE1, EXIF + b"??")),
    "jpeg with XMP": jpeg((0xE1, XMP)),
    "jpeg with IPTC": jpeg((0xED, b"Photoshop 3.0\0x")),
    "jpeg with another behind": jpeg((0xE0, JFIF), behind=jpeg((0xE1, EXIF + PLACE))),
    "webp with a place": webp(FLAGS, (b"VP8 ", b"abc"), (b"EXIF", PLACE)),
    "webp with XMP": webp(FLAGS, (b"VP8 ", b"abc"), (b"XMP ", b"<x/>")),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_tells_no_place_is_taken_as_it_is(name: str) -> None:
    assert not media.tells_where(PLAIN[name])


@pytest.mark.parametrize("name", TELLING)
def test_what_may_tell_a_place_is_seen_and_can_be_taken_out(name: str) -> None:
    content = TELLING[name]
    assert media.tells_where(content)
    left = media.stripped(content)
    assert not media.tells_where(left)
    assert media.media_type(left) == media.media_type(content)
    assert media.stripped(left) == left


def test_strip_leaves_the_picture_byte_for_byte() -> None:
    assert media.stripped(jpeg((0xE0, JFIF), (0xE1, EXIF + PLACE))) == jpeg((0xE0, JFIF))
    assert media.stripped(png((b"eXIf", PLACE))) == png()
    plain = webp((b"VP8X", bytes(10)), (b"VP8 ", b"abc"))
    assert media.stripped(webp(FLAGS, (b"VP8 ", b"abc"), (b"EXIF", PLACE))) == plain


def test_a_document_with_a_place_in_it_is_seen_and_stays_so() -> None:
    scanned = b"%PDF-1.7 " + jpeg((0xE1, EXIF + PLACE))
    assert media.tells_where(scanned)
    assert media.stripped(scanned) == scanned


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", b"MZ", b"RIFF1234WAVE"])
def test_what_is_none_of_these_is_none(content: bytes) -> None:
    assert media.media_type(content) is None


SIZED = {
    "png": png(wide=4000, high=3000),
    "jpeg": jpeg((0xC2, b"\x08" + struct.pack(">HH", 3000, 4000))),
    "jpeg that tells its height later": jpeg((0xC0, b"\x08" + struct.pack(">HH", 0, 4000))),
    "webp": webp((b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 4000, 3000))),
    "webp without loss": webp((b"VP8L", b"\x2f" + struct.pack("<I", 3999 | 2999 << 14))),
    "webp with more": webp(
        (b"VP8X", bytes(4) + (3999).to_bytes(3, "little") + (2999).to_bytes(3, "little")),
    ),
    "with a jpeg behind it": png(wide=4000, high=3000, behind=b"x"),
}


@pytest.mark.parametrize("name", SIZED)
def test_a_picture_says_how_large_it_is(name: str) -> None:
    high = 65_535 if "later" in name else 3000
    assert pixels(SIZED[name]) == 4000 * high


def test_a_document_has_no_pixels() -> None:
    assert pixels(PLAIN["pdf"]) == 0


@pytest.mark.parametrize("name", [n for n in (*PLAIN, *TELLING) if n != "pdf"])
def test_half_a_file_is_none(name: str) -> None:
    content = {**PLAIN, **TELLING}[name]
    with pytest.raises(media.NotWhole):
        media.stripped(content[:20] if "behind" in name else content[:-9])


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff" + b"\xff" * 10_000_000,
        b"\xff\xd8\xff\xda\x00\x02" + b"\xff" * 10_000_000,
        b"\xff\xd8" + b"\xff\xe5\x00\x02" * 2_500_000,
        b"\xff\xd8" + b"\xff\xd0" * 5_000_000,
        media.PNG + chunk(b"IDAT", b"") * 800_000,
    ],
    ids=["marks", "a scan", "segments", "restarts", "chunks"],
)
def test_a_file_that_is_made_to_cost_time_costs_little(content: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(media.NotWhole):
        media.tells_where(content)
    with pytest.raises(media.NotWhole):
        pixels(content)
    assert time.process_time() - begun < 2
