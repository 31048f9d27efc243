"""The lines of /readyz are said in Chinese and English, whoever says them."""

import ast
import re
from collections.abc import Iterator

import pytest

from guiyi.stack.installation import PROJECT
from shared.notes import in_both, written
from shared.record.backlog import Waiting, WaitKind, waiting_notes
from shared.relay import ghosts

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("line", written(), ids=lambda line: line["en"])
def test_each_line_of_the_file_is_found_as_itself(line: dict[str, str]) -> None:
    names = {name: f"<{name}>" for name in re.findall(r"\{(\w+)\}", line["en"])}
    english, chinese = line["en"].format(**names), line["zh"].format(**names)
    assert CHINESE.search(chinese)
    assert in_both([english]) == [f"{english}; {chinese}"]
    page = "; see docs/runbooks/lag.md"
    assert in_both([english + page]) == [f"{english}; {chinese}{page}"]


def test_what_nobody_has_translated_stays_as_it_is() -> None:
    strange = ["ok", "no broker", "something new; see docs/operations.md"]
    assert in_both(strange) == strange


def test_a_partition_that_waits_says_so_in_both() -> None:
    why = {
        WaitKind.TOO_LARGE: "journal.intake/2, seq 6, 99 bytes: too large",
        WaitKind.REFUSED: "journal.intake/2, seq 6, 99 bytes: refused",
        WaitKind.LACKS: "the record lacks fact 3, which was not sent yet",
    }
    assert why.keys() == {*WaitKind}
    waits = waiting_notes({n: Waiting(*each) for n, each in enumerate(why.items())})
    over = ghosts.told([(2, "relay-1", "infinity")])
    lines = [*waits, *(f"{each}; see docs/runbooks/relay.md" for each in over)]
    assert all(CHINESE.search(line) for line in in_both(lines))


def said() -> Iterator[str]:
    """Every sentence in our code that names a page behind `; see `, with x for what it fills in."""
    for file in sorted((PROJECT / "shared").rglob("*.py")):
        nodes = [*ast.walk(ast.parse(file.read_text("utf-8")))]
        filled = [node for node in nodes if isinstance(node, ast.JoinedStr)]
        parts = {id(part) for node in filled for part in node.values}
        for node in filled:
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values
            )
        alone = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in parts]
        yield from (str(node.value) for node in alone)


def test_whoever_names_a_page_is_translated() -> None:
    sentences = {text for text in said() if re.fullmatch(r".{9,}; see (x|docs/[\w/.-]+)", text)}
    ours = {text for text in sentences if not CHINESE.search(text)}
    ours -= {"partition x waits, x; see docs/runbooks/relay.md"}  # by kind, above
    assert len(ours) > 10
    assert [text for text in sorted(ours) if in_both([text]) == [text]] == []
