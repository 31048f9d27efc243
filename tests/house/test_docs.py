"""Every file, folder and page that the documentation names exists."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])
NAMED = re.compile(r"`((?:shared|services|guiyi|tests|deploy|docs)/[\w./-]*)`")
LINKED = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    named = [PROJECT / found for found in NAMED.findall(text)]
    linked = [page.parent / found for found in LINKED.findall(text)]
    assert [str(path) for path in [*named, *linked] if not path.exists()] == []
