"""步骤表 (the tables of steps): who may do what with every paper, as a page made from the rows.

`make generate` writes `docs/steps.md`. A test compares the page with the rows.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from guiyi.rooms import ROOMS, wiring
from shared.room import Room
from shared.step import ByLink, Owed, PaperModule, Row, Step
from shared.texts import Texts, load

PAGE = Path(__file__).parents[2] / "docs" / "steps.md"
HEAD = """# 步骤 · What may be done with every paper

Made from the `STEPS` of every paper by `make generate`; a test holds the page to them.

A step is offered on the page of its ticket up to the stage in the third column, also before its
time has come; `POST` its path. What a reaction or a timer gives has no path. The book of facts is
`catalogue.md`; why a step is refused stands in each room's `texts.toml`.
"""


def page() -> str:
    """The tables as Markdown."""
    return "\n".join([HEAD, *(line for name in ROOMS for line in _room(wiring(name)))])


def _room(room: Room) -> Iterator[str]:
    texts = load(room.texts, room=room.name)
    yield f"## {room.chinese} {room.name}\n"
    for prefix, paper in room.papers.items():
        yield f"### {_term(paper)} `{prefix}`\n"
        yield "| step | who | until | what |"
        yield "|---|---|---|---|"
        yield from (_line(paper, row, texts) for row in paper.STEPS)
        yield ""


def _term(paper: PaperModule) -> str:
    """The Chinese term of a paper: the first word of its module."""
    return (paper.__doc__ or "").partition(" ")[0]


# `Any`: a row is only read here, whatever its command and its state are.
def _line(paper: PaperModule, row: Row[Any, Any], texts: Texts) -> str:
    said = (isinstance(row, Step) and row.said) or row.command.__doc__ or ""
    what = " ".join(said.partition("\n\n")[0].split())
    match row:
        case ByLink():
            return f"| – | the customer's link | | {what} |"
        case Owed():
            return f"| – | reaction, timer | | {what} |"
        case Step(path=path, by=by, until=until):
            whole = path if path.startswith("/") else f"{paper.PAPER.address.path}/{path}"
            who = ", ".join(sorted(by))
            last = " ".join(dict.fromkeys([until, texts.label(until).zh])) if until else ""
            return f"| `{whole}` | {who} | {last} | {what} |"
