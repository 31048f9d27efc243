"""归档摘要: for every kind of case and every ending, one changed byte of one paper is seen."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.followup import dossier, reactions, survey
from services.followup.dossier.filing import FileDossier
from services.followup.survey.state import document_of
from shared import envelope
from shared.events.followup import DossierFiled
from shared.events.order_sheet import WorkOrderDocument
from shared.events.report_form import ReportDocument, Stage
from shared.events.values import Ending, ReportKind
from shared.policy import CORE, Core
from shared.policy.source import read
from tests.followup.example import ANSWERED, FILE, HOME, SCHEDULED, by
from tests.followup.papers import (
    CLOSED_ORDER,
    REPORT_DOCUMENT,
    SETTLED_NOTE,
    SURVEY_DOCUMENT,
    published,
)
from tests.shared.http_desk import POLICIES
from tests.spec import given
from tests.tries import tries

POLICY = read(POLICIES / CORE, Core)
DONE = given(survey, SCHEDULED, ANSWERED).state
OF_ORDER = (
    *(Ending.REPAIRED, Ending.NOT_REPAIRABLE, Ending.SWAPPED, Ending.WITHDRAWN),
    *(Ending.COMMISSIONED, Ending.NOT_COMMISSIONED, Ending.UNREACHABLE),
)


def ended(kind: ReportKind, ending: Ending) -> Sequence[Any]:
    """The documents of a case that ended so: without an order, or with all of its papers."""
    report = replace(REPORT_DOCUMENT, kind=kind, technician_sig=None)
    if ending not in OF_ORDER:
        closed = replace(report, stage=Stage.CLOSED, ending=ending, ending_reason="—")
        return (closed, SURVEY_DOCUMENT)
    approved = replace(CLOSED_ORDER.approved, kind=kind)
    order = replace(CLOSED_ORDER, ending=ending, approved=approved)
    return (order, report, SETTLED_NOTE, SURVEY_DOCUMENT)


def filed(documents: Sequence[Any], content: Mapping[int, bytes]) -> DossierFiled:
    """The dossier of these documents; of some, the bytes are other ones."""
    state = dossier.initial
    for n, document in enumerate(documents):
        made = published(document)
        owed = [*reactions.add_paper(made, POLICY)]
        if isinstance(document, ReportDocument | WorkOrderDocument):
            asked = [o for o in reactions.case_closed(made, POLICY) if o.home == FILE]
            owed = [*asked, *owed]
        for each in owed:
            command = each.command
            if n in content and hasattr(command, "paper"):
                digest = hashlib.sha256(content[n]).hexdigest()
                command = replace(command, paper=replace(command.paper, content=digest))
            for _, fact in dossier.decide(command, state, by("reaction", FILE)):
                state = dossier.evolve(state, fact)
    ((_, fact),) = dossier.decide(FileDossier(), state, by(home=FILE, reads={HOME: DONE}))
    assert isinstance(fact, DossierFiled)
    return fact


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize("kind", ReportKind)
@tries(20)
@for_all(data=st.data())
def test_any_changed_byte_of_any_paper_changes_it(
    kind: ReportKind, ending: Ending, data: st.DataObject
) -> None:
    documents = ended(kind, ending)
    whole = filed(documents, {})
    assert len(whole.papers) >= len(documents)
    which = data.draw(st.integers(0, len(documents) - 1))
    content = bytearray(envelope.canonical(documents[which]))
    assert filed(documents, {which: bytes(content)}) == whole
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    assert filed(documents, {which: bytes(content)}).digest != whole.digest


def test_the_call_back_is_one_of_its_papers() -> None:
    other = document_of(given(survey, SCHEDULED, replace(ANSWERED, score=4)).state)
    documents = ended(ReportKind.REPAIR, Ending.REPAIRED)
    whole = filed(documents, {})
    assert filed((*documents[:-1], other), {}).digest != whole.digest
