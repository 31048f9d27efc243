"""The refusals that the README shows, on a page or in an answer, are those that the rooms tell."""

import json
import re
from collections.abc import Iterator

from guiyi.rooms import ROOMS
from tests.house.test_docs import PROJECT
from tests.house.test_texts import texts_of

PAGE = re.compile(r"^```\n(visit BX-.*?)^```$", re.DOTALL | re.MULTILINE)
STEP = re.compile(r"^  · [^\n]*\n((?:      [^→\n][^\n]*\n)+)", re.MULTILINE)
"""A step that is refused, and the sentences under it: they are indented further than the step."""


ANSWER = re.compile(r"^```json\n(\{\n.*?)^```$", re.DOTALL | re.MULTILINE)


def answered() -> Iterator[tuple[str, str]]:
    """Every sentence of the reasons in answers that the README prints, with its language."""
    for body in ANSWER.findall((PROJECT / "README.md").read_text("utf-8")):
        for reason in json.loads(body).get("reasons", ()):
            yield from ((name, reason[name]) for name in ("zh", "en") if name in reason)


def shown() -> list[str]:
    """What the README shows under each refused step, in one line."""
    page = PAGE.search((PROJECT / "README.md").read_text("utf-8"))
    assert page is not None
    return [" ".join(said.split()) for said in STEP.findall(page[1])]


def patterns(language: str = "en") -> list[re.Pattern[str]]:
    """Every sentence of every room, with anything for its numbers."""
    told = {getattr(said, language) for room in ROOMS for said in texts_of(room).refusals.values()}
    return [re.compile(re.sub(r"\\\{.*?\\\}", ".+?", re.escape(each))) for each in told]


def rests(said: str, told: list[re.Pattern[str]]) -> Iterator[str]:
    """What may follow the first sentence; one ends with the line or before `; `."""
    for each in told:
        if each.fullmatch(said):
            yield ""
        for end in re.finditer("; ", said):
            if each.fullmatch(said, 0, end.start()):
                yield said[end.end() :]


def is_told(said: str, told: list[re.Pattern[str]]) -> bool:
    return said == "" or any(is_told(rest, told) for rest in rests(said, told))


def test_a_refusal_that_is_shown_is_one_that_is_told() -> None:
    told = patterns()
    assert len(shown()) > 1
    assert [said for said in shown() if not is_told(said, told)] == []


def test_a_reason_that_is_printed_is_one_that_is_told() -> None:
    told = {name: patterns(name) for name in ("zh", "en")}
    printed = list(answered())
    assert len(printed) > 4
    assert [s for name, s in printed if not any(one.fullmatch(s) for one in told[name])] == []


def test_it_sees_a_sentence_that_nobody_tells_any_more() -> None:
    assert not is_told("the parts of BX-1-C1 are somewhere", patterns())
