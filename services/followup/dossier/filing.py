"""归档 (filing): the papers of a ticket become one file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from services.followup.dossier.custody import report_out, unfound
from services.followup.dossier.state import Dossier, missing
from services.followup.survey.state import Survey
from services.followup.survey.state import stream_of as stream_of_survey
from shared.content import content_hash
from shared.decider import Asked, Decision, Refused, Rule, number_of, reason, refuse_if
from shared.events.followup import DossierFiled, Missing, Paper, in_order


@dataclass(frozen=True, slots=True)
class FileDossier:
    """归档: file the papers of the ticket as one, once all of them are there."""


def file(_: FileDossier, dossier: Dossier, asked: Asked) -> Decision:
    """归档: nothing is missing, out or not found; the call-back is read for why it is not there."""
    if dossier.filed is not None:
        return []
    ticket = number_of(asked.home)
    if dossier.asked is None:
        raise Refused(reason("case-open", ticket=ticket))
    survey: Survey = asked.read(stream_of_survey(ticket))
    lacks = (_missing_rule(each) for each in missing(dossier, survey.stage))
    refuse_if(*lacks, *report_out(dossier), *unfound(dossier))
    papers = in_order(dossier.papers.values())
    return asked.here(DossierFiled(papers, digest_of(papers), asked.actor))


def reads_of_filing(command: FileDossier, dossier: Dossier, asked: Asked) -> tuple[str, ...]:
    """The call-back of the ticket."""
    del command, dossier
    return (stream_of_survey(number_of(asked.home)),)


def digest_of(papers: Sequence[Paper]) -> str:
    """归档摘要: the hash of the papers in their order."""
    return content_hash([asdict(paper) for paper in papers])


def _missing_rule(each: Missing) -> Rule:
    number = each.number or ""
    return True, reason("papers-missing", paper=each.kind, number=number, why=each.why)
