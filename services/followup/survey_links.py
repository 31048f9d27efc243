"""回访链接册 (the book of links): for which call-back a customer was given a one-time link.

A stream for each link, named by the hash of the word in it. It is written together with the
call-back, so that whoever brings the word finds it by the record, and learns nothing else of it.
"""

from dataclasses import dataclass

from shared.events.followup import SurveyLinkMade
from shared.step import Address, AnyRow, PaperType, PathField, by_command


@dataclass(frozen=True, slots=True)
class LinkedSurvey:
    """链接所指: the call-back that the link was made for; empty before it was made."""

    survey: str = ""


PAPER: PaperType[LinkedSurvey] = PaperType(
    "survey_link", Address("/survey-links/{number}", (PathField(max_length=64),))
)
STEPS: tuple[AnyRow[LinkedSurvey], ...] = ()
"""It is written with the call-backs alone."""
initial = LinkedSurvey()
decide = by_command(STEPS)


def evolve(_: LinkedSurvey, fact: SurveyLinkMade) -> LinkedSurvey:
    """For which call-back it is."""
    return LinkedSurvey(fact.survey)
