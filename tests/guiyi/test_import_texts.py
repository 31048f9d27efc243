"""Every code of a bad row has a sentence, of an import and of a list; the guide names the code."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from guiyi.legacy.imports import TEXTS
from guiyi.lists import loader
from guiyi.tables import rejects
from shared.texts import Said, load, placeholders

PROJECT = Path(__file__).parents[2]
TOLD = load(rejects.TEXTS, TEXTS[0]).refusals
OWN = {code: said for code, said in TOLD.items() if load().refusals.get(code) != said}
OF_LISTS = {**load(rejects.TEXTS, loader.TEXTS).refusals}
LISTS_OWN = {code: said for code, said in OF_LISTS.items() if load().refusals.get(code) != said}


def codes_used(*names: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Every code that our files reject a row with, and the numbers that its sentence gets."""
    folders = (PROJECT / "guiyi" / name for name in names)
    for path in sorted(path for folder in folders for path in folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="Unreadable" | "reason"),
                    args=[ast.Constant(value=str(code))],
                    keywords=given,
                ):
                    yield code, frozenset(keyword.arg or "" for keyword in given)
                case _:
                    continue


@pytest.mark.parametrize(("folder", "own"), [("legacy", OWN), ("lists", LISTS_OWN)])
def test_every_code_has_its_sentence_and_no_sentence_is_left_over(
    folder: str, own: Mapping[str, Said]
) -> None:
    used = dict(codes_used(folder, "tables"))
    assert sorted(used) == sorted(own)
    for code, given in used.items():
        assert placeholders(own[code].zh) <= given, code


def test_the_guide_names_every_code() -> None:
    guide = (PROJECT / "docs" / "import.md").read_text("utf-8")
    assert [code for code in OWN if f"`{code}`" not in guide] == []
