"""Every code that a room refuses with has sentences in both languages, and none is left over."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from guiyi.rooms import ROOMS, wiring
from shared.events import BOOK, reading
from shared.texts import KERNEL, Said, Texts, fact_labels, load, placeholders

assert reading.SHELF, "importing it has entered every fact of every room"
PROJECT = Path(__file__).parents[2]
every_room = pytest.mark.parametrize("room", ROOMS)


def texts_of(room: str) -> Texts:
    return load(file_of(room), room=room)


def file_of(room: str) -> Path:
    return PROJECT / "services" / room / "texts.toml"


def own_texts(room: str) -> dict[str, Said]:
    """The room's sentences without the kernel's."""
    kernel = load().refusals
    return {
        code: said for code, said in texts_of(room).refusals.items() if kernel.get(code) != said
    }


def sentences_used(folder: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Every code that files of the folder name, with the numbers that its sentence gets."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="reason"), args=[ast.Constant(value=str(code))], keywords=given
                ):
                    yield code, frozenset(keyword.arg or "" for keyword in given)
                case ast.Call(func=ast.Name(id="Warned"), args=[ast.Constant(value=str(code)), *_]):
                    yield code, frozenset({"about"})
                case _:
                    continue


@every_room
def test_every_code_has_its_sentences_and_their_numbers(room: str) -> None:
    texts = texts_of(room)
    unsaid = [
        (code, sorted(given))
        for code, given in sentences_used(PROJECT / "services" / room)
        if code not in texts.refusals or not placeholders(texts.refusals[code].zh) <= given
    ]
    assert unsaid == []


@every_room
def test_no_sentence_is_left_over(room: str) -> None:
    used = {code for code, _ in sentences_used(PROJECT / "services" / room)}
    assert sorted(own_texts(room).keys() - used) == []


@every_room
def test_no_code_of_a_room_is_one_of_the_kernel(room: str) -> None:
    kernel = tomllib.loads(KERNEL.read_text("utf-8"))["refusals"]
    written = tomllib.loads(file_of(room).read_text("utf-8"))["refusals"]
    assert sorted(written.keys() & kernel.keys()) == []


@every_room
def test_a_code_is_named_where_its_sentence_can_be_looked_up(room: str) -> None:
    for path in sorted((PROJECT / "services" / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "reason":
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"


def claimed_moments(folder: Path) -> set[str]:
    """The fields that rules about moments in the future name."""
    return {
        keyword.arg
        for path in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "in_future"
        for keyword in node.keywords
        if keyword.arg is not None
    }


@every_room
def test_every_moment_that_may_lie_in_the_future_is_named_in_both_languages(room: str) -> None:
    labels = texts_of(room).labels
    claimed = claimed_moments(PROJECT / "services" / room)
    assert sorted(claimed - labels.keys()) == []
    assert [name for name in claimed if labels[name].zh.isascii() or not labels[name].en] == []


@every_room
def test_every_fact_of_the_room_has_its_name(room: str) -> None:
    labels = texts_of(room).labels
    own = [labels[name] for name, line in BOOK.items() if room in line.writers]
    assert [said for said in own if not (said.zh and not said.zh.isascii() and said.en)] == []


@every_room
def test_no_label_says_what_the_class_of_a_fact_says_already(room: str) -> None:
    written = load(file_of(room)).labels
    called = fact_labels(room)
    assert [name for name in written if called.get(name) == written[name]] == []


def test_the_kernel_says_what_it_refuses_with() -> None:
    said = load().refusals
    used = list(sentences_used(PROJECT / "shared"))
    assert [code for code, given in used if code not in said] == []


@every_room
def test_every_paper_that_a_page_shows_is_called_by_a_name(room: str) -> None:
    """Not by its code, nor by what a field of that name is called."""
    texts = texts_of(room)
    papers = (each.PAPER for each in wiring(room).papers.values())
    called = {each.prefix: texts.label_of_paper(each.prefix).zh for each in papers if each.shown}
    assert called
    assert [code for code, zh in called.items() if zh == code or zh.endswith("号")] == []
