"""补充归档 (addenda): what belongs to a filed dossier and came after it is filed on top.

Nothing that was filed is taken out or replaced, and its digest stays. Each addendum has a digest of
its own over the one before it, its file, its words, and whatever papers had come in late by then.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from services.followup.dossier.state import Dossier
from shared.content import content_hash
from shared.decider import Asked, Decision, number_of, reason, refuse_if, too_many
from shared.events.custody import AddendumFiled
from shared.events.followup import DossierStage
from shared.events.values import FileRef, Note
from shared.signing import TO_BE_DRAWN
from shared.step import WORDS

MOST = 50
"""How many addenda a dossier has at most."""


@dataclass(frozen=True, slots=True)
class FileAddendum:
    """补充归档: a file, and why it belongs to the dossier."""

    file: FileRef
    because: Note


ADDENDUM_EXAMPLE = {
    "file": {
        "name": "检测报告.pdf",
        "sha256": "5f" * 32,
        "media_type": "application/pdf",
        "size": 9,
    },
    "because": "厂家的检测报告 what the maker found",
}


def file_addendum(command: FileAddendum, dossier: Dossier, asked: Asked) -> Decision:
    """补充归档: once the dossier is filed; each file once."""
    if any((e.file, e.because) == (command.file, command.because) for e in dossier.addenda):
        return []
    number, nth, before = number_of(asked.home), len(dossier.addenda) + 1, dossier.digest
    known = any(each.file.sha256 == command.file.sha256 for each in dossier.addenda)
    refuse_if(
        (dossier.filed is None, reason("not-filed", ticket=number)),
        (known, reason("addendum-twice", name=command.file.name)),
        too_many("addenda", nth, MOST),
    )
    assert before is not None
    filed = AddendumFiled(
        number=f"{number}-A{nth}",
        file=command.file,
        because=command.because,
        late=dossier.late,
        filed_by=asked.actor,
        digest=before,
    )
    return asked.here(replace(filed, digest=digest_on(before, filed)))


def digest_on(before: str, addendum: AddendumFiled) -> str:
    """补充摘要: the hash of the digest before it and of all that the addendum brings."""
    brought = {name: said for name, said in asdict(addendum).items() if name != "digest"}
    return content_hash([before, brought])


def offered_addendum(_number: str, dossier: Dossier) -> Sequence[FileAddendum]:
    """Once it is filed."""
    is_filed = dossier.stage is DossierStage.FILED
    return [FileAddendum(TO_BE_DRAWN, WORDS)] if is_filed else []
