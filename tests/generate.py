"""生成 (generate): every checked-in file that a tool can write.

make generate                      golden files of new facts and documents, and the pages of docs
python -m tests.generate --check   names files that are missing or stale, and writes nothing

A golden file that exists is never written again, because its content has to load for ever.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from shared.events import BOOK, DOCUMENTS, DocumentEntry, FactEntry, reading
from tests.pages import catalogue, clocks, coverage, roles, situations, step_index, step_tables
from tests.shared import goldens

PROJECT = Path(__file__).parents[1]
OURS = "shared.events."
"""Tests enter toy facts into the book. Only facts of the rooms have golden files."""
PAGES: Mapping[Path, Callable[[], str]] = {
    catalogue.PAGE: catalogue.page,
    step_tables.PAGE: step_tables.page,
    roles.PAGE: roles.page,
    coverage.PAGE: coverage.page,
    clocks.PAGE: clocks.page,
    situations.PAGE: situations.page,
    step_index.PAGE: step_index.page,
}


def entries() -> Iterator[FactEntry | DocumentEntry]:
    """Every fact and document of the rooms."""
    assert reading.SHELF, "importing it has entered every fact of every room"
    known: list[FactEntry | DocumentEntry] = [*BOOK.values(), *DOCUMENTS.values()]
    yield from (line for line in known if line.kind.__module__.startswith(OURS))


def stale() -> Iterator[tuple[Path, str]]:
    """Every file that is missing or differs, with the text that it should have."""
    for line in entries():
        if not (path := goldens.file_of(line, line.schema)).exists():
            yield path, goldens.golden(line)
    for path, page in PAGES.items():
        text = page()
        if not path.exists() or path.read_text("utf-8") != text:
            yield path, text


def main() -> None:
    """Write the stale files, or with --check only name them."""
    is_check, found = "--check" in sys.argv[1:], list(stale())
    for path, text in found:
        print(path.relative_to(PROJECT))  # noqa: T201 - the user wants to see it
        if not is_check:
            path.write_text(text, "utf-8")
    if is_check and found:
        sys.exit("stale; run: make generate")


if __name__ == "__main__":
    main()
