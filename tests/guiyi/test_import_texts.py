"""Every code of a bad row has a sentence, and the guide names the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

from guiyi.legacy.imports import TEXTS
from guiyi.tables import rejects
from shared.texts import load, placeholders

PROJECT = Path(__file__).parents[2]
TOLD = load(rejects.TEXTS, TEXTS[0]).refusals
OWN = {code: said for code, said in TOLD.items() if load().refusals.get(code) != said}


def codes_used() -> Iterator[tuple[str, frozenset[str]]]:
    """Every code that our files reject a row with, and the numbers that its sentence gets."""
    folders = (PROJECT / "guiyi" / name for name in ("legacy", "tables"))
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


def test_every_code_has_its_sentence_and_no_sentence_is_left_over() -> None:
    used = dict(codes_used())
    assert sorted(used) == sorted(OWN)
    for code, given in used.items():
        assert placeholders(OWN[code].zh) <= given, code


def test_the_guide_names_every_code() -> None:
    guide = (PROJECT / "docs" / "import.md").read_text("utf-8")
    assert [code for code in OWN if f"`{code}`" not in guide] == []
