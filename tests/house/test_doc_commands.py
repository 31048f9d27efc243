"""Every command that a page shows is one that `guiyi` knows, and says as whom it acts."""

import re
import shlex
from itertools import takewhile
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from guiyi.cli import app
from tests.guiyi.test_operating import NOBODY
from tests.house.test_docs import PAGES, PROJECT

BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
NUMBERS = {"N": "0", "SEQ": "0", "P": "0", "ID": "1", "PARTITION": "0"}
"""What stands for a number on a page."""
ROOT = typer.main.get_command(app)


def commands(page: Path) -> list[list[str]]:
    """The words behind `guiyi` of every command in the page's blocks, without what is optional."""
    lines = "\n".join(BLOCK.findall(page.read_text("utf-8"))).replace("\\\n", " ").splitlines()
    said = [shlex.split(line, comments=True) for line in lines if line.strip().startswith("guiyi ")]
    typed = [takewhile(lambda word: word[0] not in ">[", words[1:]) for words in said]
    return [[NUMBERS.get(word, word) for word in words] for words in typed]


def parsed(words: list[str]) -> str:
    """The verb's name. Raises what a command with wrong words raises."""
    command, name, rest = ROOT, "", list(words)
    while isinstance(command, TyperGroup):
        first, *rest = rest
        found = command.commands.get(first)
        assert found is not None, words
        command, name = found, f"{name} {first}".strip()
    command.make_context(name, rest)
    return name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_the_commands_of_a_page_can_be_typed_as_they_stand(page: Path) -> None:
    text = page.read_text("utf-8")
    acting = {name for words in commands(page) if (name := parsed(words)) not in NOBODY}
    assert not acting or "--actor" in text or "GUIYI_ACTOR" in text, acting
