"""签字方式 (signing): a signature is somebody's: given in their own session, or with evidence."""

from collections.abc import Iterator

from shared.decider import Rule, reason
from shared.events.values import FileRef, SignedHow

WITH_EVIDENCE = (SignedHow.DRAWN, SignedHow.PHOTO)
TO_BE_DRAWN = FileRef("—", "0" * 64, "image/png", 0)
"""What stands for the drawing of a signature that is only offered."""


def proved(
    how: SignedHow, evidence: FileRef | None, *, untold: Rule | None = None
) -> Iterator[Rule]:
    """A rule: a drawing or a photo is there; a code that was sent has been told.

    `untold`: broken as long as it has not; None: for this signature no code is ever sent. That the
    file is kept for the paper is seen before: see `shared.http.files`.
    """
    if how is SignedHow.CODE:
        yield untold or (True, reason("not-available", how=how))
    yield how in WITH_EVIDENCE and evidence is None, reason("evidence-missing", how=how)
