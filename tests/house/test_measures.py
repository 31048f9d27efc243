"""The measures of the house count what docs/house.md says they count."""

from pathlib import Path

import pytest

from tests.house.measures import PAGE, PROJECT, Source, cycles, homonyms, measures, written

COUNTED = '''"""A module.

Its docstring goes over lines."""

# A comment.
from typing import Any

LIMIT = 5
"""A docstring of an attribute."""


def take(value: Any) -> str:
    """A function."""
    return """a text

    of two lines"""  # and a comment
'''


def project(tmp_path: Path, files: dict[str, str]) -> Path:
    for folder in ("shared", "services", "guiyi", "deploy"):
        (tmp_path / folder).mkdir()
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def test_a_line_of_code_is_no_blank_no_comment_and_no_docstring(tmp_path: Path) -> None:
    root = project(tmp_path, {"shared/a.py": COUNTED})
    source = Source(root / "shared" / "a.py", "shared.a")
    assert source.code_lines == 5
    assert source.any_names == 1
    assert dict(source.functions) == {"shared.a.take": 5}


def test_packages_that_import_one_another_are_a_circle(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {
            "shared/a/one.py": "from shared.b import two",
            "shared/b/two.py": "def f():\n    import shared.c",
            "shared/c.py": "from shared.a.one import X",
            "shared/d.py": "from shared.a.one import X",
        },
    )
    assert cycles(root) == [["a", "b", "c"]]


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ("shared/b.py", ["shared: Mark (a, b)"]),
        ("shared/a/two.py", []),
        ("services/intake/report.py", []),
    ],
)
def test_a_homonym_is_one_name_in_two_packages(
    tmp_path: Path, other: str, found: list[str]
) -> None:
    root = project(tmp_path, {"shared/a/one.py": "class Mark: ...", other: "class Mark: ..."})
    assert homonyms(root) == found


def test_no_two_packages_of_the_kernel_and_no_two_papers_of_a_room_share_a_name() -> None:
    assert homonyms(PROJECT) == []


def test_a_homonym_is_one_name_in_two_papers_of_a_room(tmp_path: Path) -> None:
    paper = "class Order: ...\nclass _Own: ...\nclass Row: ..."
    files = {f"services/dispatch/{name}.py": paper for name in ("visit/state", "work_order/state")}
    assert homonyms(project(tmp_path, files)) == ["dispatch: Order (visit, work_order)"]


def test_the_page_has_a_row_for_every_measure(tmp_path: Path) -> None:
    page = PAGE.read_text("utf-8")
    root = project(tmp_path, {"shared/a.py": COUNTED})
    for name in measures(root):
        assert f"| {name} |" in page
    changed = written(page, {"homonyms": (1_234, [])})
    assert "| homonyms | 24 | 1,234 |" in changed
    assert len(changed.split("\n")) == len(page.split("\n"))
