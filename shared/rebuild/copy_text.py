"""灌入 (COPY text): rows as the text that COPY reads, made while it is read."""

import io
from collections.abc import Iterator, Sequence


class Lines(io.RawIOBase):
    """行: lines of values as a file that is read once."""

    def __init__(self, lines: Iterator[Sequence[object]]) -> None:
        self._lines = lines
        self._left = b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        made = [self._left]
        length = len(self._left)
        for line in self._lines:
            made.append("\t".join(map(_text, line)).encode() + b"\n")
            length += len(made[-1])
            if 0 <= size <= length:
                break
        whole = b"".join(made)
        given, self._left = (whole, b"") if size < 0 else (whole[:size], whole[size:])
        return given


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _text(value: object) -> str:
    match value:
        case None:
            return "\\N"
        case str():
            return value.translate(_ESCAPES)
        case _:
            return str(value)
