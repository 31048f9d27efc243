"""文件内容 (the content of a file): which files are taken, and how they are kept."""

from shared import media
from shared.decider import reason
from shared.http.problem import Problem
from shared.pixels import pixels

MOST_PIXELS = 100_000_000
"""Of a picture, wide times high: a small file may say more, to fill whoever looks at it."""
TYPES = ("image/jpeg", "image/png", "image/webp", "application/pdf")


def taken(content: bytes, *, strip: bool) -> bytes:
    """The content as it is to be kept. Raises Problem."""
    if not content:
        raise Problem(422, "invalid", reason("file-empty"))
    if media.media_type(content) is None:
        raise Problem(422, "invalid", reason("file-type-unknown", types=TYPES))
    try:
        if pixels(content) > MOST_PIXELS:
            raise Problem(422, "invalid", reason("picture-too-large", most=MOST_PIXELS))
        kept = media.stripped(content) if strip else content
        if media.tells_where(kept):
            raise Problem(422, "refused", reason("metadata-present"))
    except media.NotWhole:
        raise Problem(422, "invalid", reason("file-broken")) from None
    return kept
