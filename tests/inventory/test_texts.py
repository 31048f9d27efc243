"""The sentences of inventory, filled in: parts, accounts and states by their names."""

from pathlib import Path

from services.inventory.issue_note.document import document_of
from shared.decider import reason
from shared.events.issue_notes import Opening
from shared.events.order_sheet import NoteStage
from shared.texts import load
from tests.inventory.example import drawn

TEXTS = load(Path(__file__).parents[2] / "services" / "inventory" / "texts.toml")


def test_a_refusal_is_told_in_both_languages() -> None:
    told = TEXTS.sentence(reason("beyond-stock", part="MFQ-32", asked=3))
    assert told.zh.startswith("MFQ-32 库存不够出 3 件；")
    assert told.en.startswith("there are not 3 of MFQ-32 on hand; ")
    told = TEXTS.sentence(reason("opening-unclear", opening=Opening.AS_SENT))
    assert told.zh == "拆验结果“与发货相符”与所列缺损不符；请改正结果或缺损"
    held = TEXTS.sentence(reason("beyond-account", account="store", part="MFQ-32", asked=2))
    assert held.zh == "账户 库存 不够动 2 件 MFQ-32；请看台账，核对数量"


def test_every_stage_has_a_name() -> None:
    assert [stage for stage in NoteStage if stage not in TEXTS.labels] == [NoteStage.NONE]
    assert document_of(drawn().note).stage in TEXTS.labels
    assert [opening for opening in Opening if opening not in TEXTS.labels] == []
