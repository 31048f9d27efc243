"""编码 (encodings): how the text of a file is written, found from its bytes.

UTF-8 and UTF-16 prove themselves. GB18030 and Windows-1252 are told apart by the lines that are not
plain ASCII: a Chinese character is two or four bytes, an accented letter is one among plain ones.
"""

import codecs
import io
import re
import zlib
from collections.abc import Iterator
from typing import IO

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LINES = 5_000
"""So many lines that are not plain ASCII decide."""
_CHUNK = 1 << 16
_HEADING = 64
_HIGH = re.compile(rb"[\x80-\xff]+")
_FEW_NULS = 0.2
_MANY_NULS = 3


def by_mark(start: bytes) -> str | None:
    """The encoding that a byte order mark at the start of a file names."""
    return next((name for mark, name in MARKS if start.startswith(mark)), None)


def some(raw: IO[bytes], count: int) -> bytes:
    """The next bytes at most; a file that is cut off or damaged gives what comes before."""
    try:
        return raw.read1(count) if isinstance(raw, io.BufferedReader) else raw.read(count)
    except (EOFError, OSError, zlib.error):
        return b""


def is_binary(start: bytes) -> bool:
    """Whether so many bytes are zero that this is no text. A few may be damage."""
    return start.count(0) * _MANY_NULS > len(start)


def found(raw: IO[bytes]) -> str:
    """The encoding of a file, which is read from where it stands."""
    start = some(raw, _CHUNK)
    if (marked := by_mark(start) or _wide(start[:_CHUNK])) is not None:
        return marked
    lines = unicode = chinese = 0
    for line in _telling(start, raw):
        lines += 1
        unicode += _is(line, "utf-8")
        chinese += _is(line, "gb18030") and _in_pairs(line)
    if unicode * 2 >= lines:
        return "utf-8"
    return "gb18030" if chinese * 2 >= lines else "cp1252"


def _wide(start: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of plain text is zero."""
    sample = start[: 4_096 // 2 * 2]
    if 0 not in sample[:_HEADING]:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    few = len(sample) / 2 * _FEW_NULS
    if odd > few and even * 4 < odd:
        return "utf-16-le"
    return "utf-16-be" if even > few and odd * 4 < even else None


def _telling(start: bytes, raw: IO[bytes]) -> Iterator[bytes]:
    """The first lines that are not plain ASCII; the last line may be cut off and is left out."""
    left, count, chunk = b"", 0, start
    while chunk:
        *whole, left = (left + chunk).split(b"\n")
        if not chunk.isascii() or not left.isascii():
            for line in whole:
                if not line.isascii():
                    yield line
                    count += 1
                    if count == LINES:
                        return
        left = left[-_CHUNK:]
        chunk = some(raw, _CHUNK)
    if not left.isascii():
        yield left


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _in_pairs(line: bytes) -> bool:
    """Whether most bytes that are not ASCII stand in pairs, as those of Chinese text do."""
    runs = [len(run) for run in _HIGH.findall(line)]
    single = sum(1 for run in runs if run == 1)
    return single * 2 <= len(runs)
