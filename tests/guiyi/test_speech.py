"""Every sentence of the command line exists in both languages."""

import ast
import string

import pytest

from guiyi.speech import language, say, texts
from guiyi.stack.installation import PROJECT


def test_the_locale_decides_and_can_be_overruled() -> None:
    assert language({"LANG": "zh_CN.UTF-8"}) == "zh"
    assert language({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}) == "en"
    assert language({"LC_ALL": "C", "GUIYI_LANG": "zh"}) == "zh"
    assert language({}) == "en"


@pytest.mark.parametrize("asked", ["zh", "en"])
def test_numbers_enter_the_sentence(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIYI_LANG", asked)
    assert "17" in say("up.ready", seconds=17)


def test_both_languages_name_the_same_numbers() -> None:
    for key, both in texts().items():
        assert both.keys() == {"zh", "en"}, key
        assert numbers(both["zh"]) == numbers(both["en"]), key


def test_every_sentence_that_is_asked_for_is_written() -> None:
    asked = {
        node.args[0].value
        for file in (PROJECT / "guiyi").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"say", "both", "refuse", "complain"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert asked <= texts().keys()


def numbers(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
