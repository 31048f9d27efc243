"""像素 (pixels): how large a picture says to be, without decoding it.

A small file may say to be very large, so that it fills the memory of whoever looks at it.
"""

from collections.abc import Callable, Mapping

from shared.media import media_type, parts

_FRAMES, _HIGHEST = frozenset({*range(0xC0, 0xD0)}) - {0xC4, 0xC8, 0xCC}, 0xFFFF
"""Markers of JPEG behind which its size stands; how high it may be where that is told later."""
_SIDE = 0x3FFF
"""How long a side of a WebP may be."""


def pixels(content: bytes) -> int:
    """How many pixels a picture says to have, wide times high; 0 for a document. Raises NotWhole.

    A part that says so again counts as well: the largest is told.
    """
    kind = media_type(content)
    if kind == "application/pdf":
        return 0
    size = _SIZES[kind or ""]
    return max(size(part) for name, part in parts(content, kind) if name != b"behind")


def _of_jpeg(part: bytes) -> int:
    if part[1] not in _FRAMES:
        return 0
    return _big(part[7:9]) * (_big(part[5:7]) or _HIGHEST)


def _of_png(part: bytes) -> int:
    if part[4:8] != b"IHDR":
        return 0
    return _big(part[8:12]) * _big(part[12:16])


def _of_webp(part: bytes) -> int:
    match part[:4]:
        case b"VP8X":
            return (_little(part[12:15]) + 1) * (_little(part[15:18]) + 1)
        case b"VP8L":
            packed = _little(part[9:13])
            return ((packed & _SIDE) + 1) * ((packed >> 14 & _SIDE) + 1)
        case b"VP8 ":
            return (_little(part[14:16]) & _SIDE) * (_little(part[16:18]) & _SIDE)
        case _:
            return 0


def _big(several: bytes) -> int:
    return int.from_bytes(several, "big")


def _little(several: bytes) -> int:
    return int.from_bytes(several, "little")


_SIZES: Mapping[str, Callable[[bytes], int]] = {
    "image/jpeg": _of_jpeg,
    "image/png": _of_png,
    "image/webp": _of_webp,
}
