"""银幕 (the screen): what the demo shows, step by step, in the user's language.

The story goes to standard output. With `--json` it goes to standard error, and only the result goes
to standard output.
"""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from guiyi.plain import JsonObject
from guiyi.play.people import Person
from guiyi.play.player import Done, Watcher
from guiyi.rooms import ROOMS, wiring
from guiyi.speech import language, say
from shared.texts import Said, Texts

if TYPE_CHECKING:
    from guiyi.demo.tickets import Told

PLAIN_WIDTH = 110
NAME, ID = 6, 12

Bar: TypeAlias = Callable[[float, float, str], None]
"""Draws a bar: how much is done, of how much, and what is written beside it."""


class Screen(Watcher):
    """银幕: it also remembers, by ticket, what was accepted, for the proof at the end."""

    def __init__(self, texts: Mapping[str, Texts], *, as_json: bool) -> None:
        out = sys.stderr if as_json else sys.stdout
        width = None if out.isatty() else PLAIN_WIDTH
        self.console = Console(file=out, highlight=False, width=width)
        self.accepted: dict[str, Counter[str]] = defaultdict(Counter)
        """How often each fact was accepted, by ticket."""
        self._texts = texts
        self._began = time.monotonic()
        self._last = ""

    def title(self) -> None:
        """What is going to be shown."""
        self.console.print(f"[bold]{say('demo.title')}[/]")
        self.console.print(say("demo.subtitle"), style="dim")

    def step(self, key: str, **numbers: object) -> None:
        """Another part of the demo begins."""
        at = f"{time.monotonic() - self._began:.0f} s"
        said = _said(key, numbers)
        self.console.print(f"\n[bold cyan]▸ {said}[/] [dim]{at}[/]", soft_wrap=True)

    def note(self, key: str, **numbers: object) -> None:
        """A line of it."""
        self.console.print(f"  {_said(key, numbers)}", soft_wrap=True)

    def done(self, who: Person, done: Done) -> None:
        """A command was accepted: by whom, what became true, of which paper."""
        if done.ticket is not None:
            self.accepted[done.ticket].update(done.facts)
        said = ", ".join(f"{_own(self.label(name))} [dim]{name}[/]" for name in done.facts)
        number = done.stream.partition("-")[2]
        if done.ticket is not None and done.ticket not in number:
            number = done.ticket
        where = "" if number == self._last else f" → {escape(number)}"
        self._last = number
        self._line(who, f"{said}{where}")
        for warning in done.warnings:
            self._line(None, f"[yellow]! {escape(str(warning[language()]))}[/]")

    def refused(self, who: Person, path: str, problem: JsonObject) -> None:
        """A command was refused: every broken rule, in both languages."""
        reasons = problem["reasons"]
        asked = path.rpartition("/")[2]
        told = say("demo.refused", asked=asked, status=problem["status"], n=len(reasons))
        self._line(who, f"[red]{told}[/]")
        for each in reasons:
            self._line(None, f"[red]✗[/] {each['code']}")
            for sentence in (each["zh"], each["en"]):
                self._line(None, f"  {escape(str(sentence))}")

    def label(self, name: str) -> Said:
        """What a fact or a state is called."""
        found = (texts.label(name) for texts in self._texts.values() if name in texts.labels)
        return next(found, Said(name, name))

    def state(self, name: str) -> str:
        """A state in the user's language."""
        return _own(self.label(name))

    def tickets(self, rows: "Sequence[Told]") -> None:
        """The stories' tickets: number, story, state, facts, filed papers."""
        drawn = _table(("ticket", "story", "state_now"), ("facts", "papers"))
        for row in rows:
            counts = str(row.facts), str(len(row.papers))
            drawn.add_row(row.ticket, say(f"demo.{row.story}"), self.state(row.state), *counts)
        self.console.print(drawn)

    def papers(self, rows: Sequence[JsonObject]) -> None:
        """The papers of a dossier: what each is, its number, and the hash it was filed with."""
        drawn = _table(("paper", "number", "content"))
        for row in rows:
            drawn.add_row(_own(self.label(row["kind"])), row["number"] or "", row["content"][:16])
        self.console.print(drawn)

    def accounts(self, parts: Mapping[str, Mapping[str, int]], columns: Sequence[str]) -> None:
        """Every part's accounts, and what they add up to."""
        drawn = Table(box=None, pad_edge=False)
        drawn.add_column(say("demo.part"))
        for name in (*map(self.state, columns), say("demo.sum")):
            drawn.add_column(name, justify="right")
        for part, accounts in sorted(parts.items()):
            pieces = [str(accounts.get(account, "")) for account in columns]
            drawn.add_row(part, *pieces, f"[green]{sum(accounts.values())}[/]")
        self.console.print(drawn)

    def figures(self, parts: Mapping[str, Mapping[str, int]], columns: Sequence[str]) -> None:
        """What a month of every part was, in pieces, and what is left of it, in fen."""
        drawn = _table(("part",), (*columns, "fen"))
        for part, line in sorted(parts.items()):
            pieces = [str(line.get(name) or "") for name in columns]
            drawn.add_row(part, *pieces, f"{line['closing_fen']:,}")
        self.console.print(drawn)

    @contextmanager
    def bar(self, key: str) -> Iterator[Bar]:
        """A bar for work that takes time; without a terminal nothing is drawn."""
        with Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        ) as shown:
            task = shown.add_task(say(key), total=None, told="")
            yield lambda done, of, told: shown.update(task, completed=done, total=of, told=told)

    def _line(self, who: Person | None, said: str) -> None:
        name = _padded(who.name, NAME) + _padded(who.id, ID) if who else " " * (NAME + ID)
        self.console.print(f"  {name}{said}", soft_wrap=True)


def screen(*, as_json: bool) -> Screen:
    """A screen that knows the words of every room."""
    from shared import texts

    files = {name: wiring(name).texts for name in ROOMS}
    return Screen(
        {name: texts.load(file, room=name) for name, file in files.items()}, as_json=as_json
    )


def _table(words: Sequence[str], counts: Sequence[str] = ()) -> Table:
    drawn = Table(box=None, pad_edge=False)
    for column in (*words, *counts):
        drawn.add_column(say(f"demo.{column}"), justify="right" if column in counts else "left")
    return drawn


def _said(key: str, numbers: Mapping[str, object]) -> str:
    """A sentence with its own markup; what it names is shown without any."""
    return say(key, **{name: escape(str(number)) for name, number in numbers.items()})


def _own(said: Said) -> str:
    return said.zh if language() == "zh" else said.en


def _padded(text: str, width: int) -> str:
    return text + " " * max(width - cell_len(text), 1)
