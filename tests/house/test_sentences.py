"""A refusal says what happened, what to do, and who may: each sentence that can be mended."""

import re

import pytest

from guiyi.rooms import ROOMS
from shared.decider import reason
from shared.events.values import Role
from shared.mends import Mended, MendKind, steps_of
from shared.texts import KERNEL, Said, Texts, load
from tests.house.test_texts import own_texts, texts_of

every_room = pytest.mark.parametrize("room", ROOMS)
NAME = re.compile(r"[a-z][a-z0-9]*[_-][a-z]|[a-z]{3,}|[0-9a-f]{32}")
"""A name of the interface, or a hash: nothing that a clerk reads."""
ASKS = re.compile(r"请")
TAKES = re.compile(
    r"\b(add|answer|ask|bring|call|check|choose|complete|correct|count|draw|estimate|give|go on"
    r"|issue|leave|let|look|make|name|note|open|put|read|say|settle|sign|strike|take|try|use|write"
    r"|another|else|do)(s|es)?\b|\b(may|one|those|themselves)\b"
)
"""Words with which an English sentence asks for something, or says who does it instead."""
APPROVING, MANY = Said("审批人", "approver"), 3
ROLES = (Role.CLERK, Role.APPROVER, Role.STOREKEEPER, Role.TECHNICIAN)
MENDABLE = frozenset({MendKind.FORM, MendKind.PERSON, MendKind.STEP})


def mendable(room: str) -> list[tuple[str, Said]]:
    texts = texts_of(room)
    return [
        (code, said)
        for code, said in own_texts(room).items()
        if code in texts.mends
        and texts.mends[code].kind in MENDABLE
        and not is_chosen(texts.mends[code])
    ]


def is_chosen(mended: Mended) -> bool:
    """Whether a number says what mends it in words that no stage has: then its label asks."""
    return bool(mended.choices) and mended.by != "stage"


def words(said: str) -> str:
    """The sentence without its numbers."""
    return re.sub(r"\{[^}]*\}", "", said)


def takers(texts: Texts, code: str) -> set[Said]:
    """Whoever takes a step that mends it; of one that many roles may take, the approver."""
    steps = list(steps_of(texts.mends[code]))
    found = {texts.label(role) for step in steps for role in step.by}
    return found | {APPROVING for step in steps if len(step.by) > MANY}


@every_room
def test_what_can_be_mended_asks_for_it(room: str) -> None:
    assert [said.zh for _, said in mendable(room) if not ASKS.search(said.zh)] == []


@every_room
def test_what_a_step_mends_names_one_and_who_takes_it(room: str) -> None:
    texts = texts_of(room)
    lacking = []
    for code, said in mendable(room):
        mended = texts.mends[code]
        if mended.kind is not MendKind.STEP:
            continue
        if not any(taker.zh in said.zh for taker in takers(texts, code)):
            lacking.append((code, "zh: who", said.zh))
        if not any(re.search(rf"\b{taker.en}", said.en) for taker in takers(texts, code)):
            lacking.append((code, "en: who", said.en))
        if not any(_named(step.zh, said.zh) for step in steps_of(mended)):
            lacking.append((code, "zh: step", said.zh))
    assert lacking == []


def test_where_a_reason_says_what_mends_it_the_sentence_asks_for_that_alone() -> None:
    texts = texts_of("followup")
    for why, mended in texts.mends["papers-missing"].choices.items():
        said = texts.sentence(reason("papers-missing", paper="report", number="", why=why))
        named = [step for step in steps_of(mended) if _named(step.zh, said.zh)]
        assert named == list(steps_of(mended)), why
        who = {texts.label(role) for step in named for role in step.by}
        assert all(each.zh in said.zh and each.en in said.en for each in who), why
        others = set(ROLES) - {role for step in named for role in step.by}
        assert not any(texts.label(role).zh in said.zh for role in others), why


def _named(step: str, said: str) -> bool:
    """Whether the step is named: its own two-character words all stand in the sentence."""
    pairs = [step[at : at + 2] for at in range(0, len(step) - 1, 2)]
    return all(pair in said for pair in pairs)


@every_room
def test_what_other_contents_or_another_person_mend_says_so_in_english(room: str) -> None:
    plain = [(code, said) for code, said in mendable(room) if not takers(texts_of(room), code)]
    assert [said.en for _, said in plain if not TAKES.search(said.en.lower())] == []


@every_room
def test_no_sentence_shows_a_name_of_the_interface(room: str) -> None:
    chinese = [said.zh for said in own_texts(room).values()]
    assert [said for said in chinese if NAME.search(words(said))] == []


@every_room
def test_no_sentence_points_to_what_nobody_can_do(room: str) -> None:
    said = [text for each in own_texts(room).values() for text in (each.zh, each.en)]
    assert [text for text in said if re.search(r"短信码|验证码", text)] == []


def test_the_kernel_asks_as_well() -> None:
    kernel = load(KERNEL)
    told = [
        (code, kernel.refusals[code])
        for code, mended in kernel.mends.items()
        if mended.kind in MENDABLE and code in kernel.refusals
    ]
    assert [said.zh for _, said in told if not ASKS.search(said.zh)] == []
