"""The verb `import`: another desk's history into the record, with its progress and its end."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from guiyi.options import Actor, Json, State
from guiyi.output import print_json
from guiyi.reach import acted
from guiyi.refusal import WRONG, complain, refuse
from guiyi.speech import both, say
from guiyi.tables.sizes import MOST_MB

if TYPE_CHECKING:
    from rich.table import Table

    from guiyi.legacy.imports import Watch
    from guiyi.legacy.notices import Notice
    from guiyi.legacy.preview import Preview, Previewed
    from guiyi.legacy.rows import LegacyFile
    from guiyi.legacy.tally import Tally
    from shared.config import Settings

DONE, STOPPED, REJECTED = 0, 3, 4
"""Exit codes, as in docs/import.md; 2: nothing was imported."""


def import_(  # noqa: PLR0913, PLR0917 - a file, its map, by whom, and what is to be done with them
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=say("import.file", workbook=MOST_MB))
    ],
    mapping: Annotated[Path | None, typer.Option("--mapping", help=say("import.mapping"))] = None,
    sketch: Annotated[bool, typer.Option("--sketch", help=say("import.sketch"))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("import.dry_run"))] = False,
    rejects: Annotated[Path | None, typer.Option("--rejects", help=say("import.rejects"))] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """导入旧单 (import): every row that the record does not have yet."""
    if sketch:
        _sketch(file)
    if mapping is None:
        _wrong(both("import.no_mapping"))
    settings = _settings(state)
    if settings is None and not dry_run:
        _wrong(both("import.not_running"))
    path = rejects or file.with_name(f"{file.name}.rejects.csv")
    told = _Told(as_json=as_json, dry_run=dry_run)
    with _refusing():
        if settings is not None and not dry_run:
            _check_right(settings, actor, mapping)
        _run(settings, (file, mapping, path), told, dry_run=dry_run)


@contextmanager
def _refusing() -> Iterator[None]:
    """What keeps anything from being imported ends the command with a sentence."""
    from guiyi.legacy.imports import RecordAway
    from guiyi.tables.faults import Unusable
    from shared.record.schema import SchemaDiffers

    try:
        yield
    except Unusable as error:
        _wrong(error.said)
    except RecordAway:
        _wrong(both("import.not_running"))
    except SchemaDiffers as error:
        _wrong(both("reach.differs", reason=error))


def _run(
    settings: "Settings | None", files: tuple[Path, Path, Path], told: "_Told", *, dry_run: bool
) -> NoReturn:
    """Import the file by its map, or only look; say what became of it, and exit."""
    from guiyi.legacy import imports
    from guiyi.legacy.mapping import read_map
    from guiyi.legacy.preview import Preview
    from shared.serving import spare_collections

    spare_collections()
    file, mapping, rejects = files
    preview, stopped = Preview(read_map(mapping)) if dry_run else None, None
    with told.progress() as watch:
        try:
            tally = imports.import_legacy(
                settings,
                file,
                mapping,
                rejects,
                dry_run=dry_run,
                watch=watch,
                tell=told.tell,
                preview=preview,
            )
        except imports.ImportStopped as error:
            tally, stopped = error.tally, str(error)
    told.end(tally, rejects, stopped, preview)


def _sketch(file: Path) -> NoReturn:
    """Write a first map of the file on standard output."""
    from guiyi.legacy.sketch import sketch
    from guiyi.tables.faults import Unusable

    try:
        typer.echo(sketch(file), nl=False)
    except Unusable as error:
        refuse("import.no_sketch", WRONG, reason=error.said)
    raise typer.Exit(DONE)


def _check_right(settings: "Settings", actor: str, mapping: Path) -> None:
    """Whoever imports is an operator of the branch. Raises Unusable, RecordAway."""
    from guiyi.acting import acting
    from guiyi.legacy.imports import RecordAway
    from guiyi.legacy.mapping import read_map
    from shared.events.values import Role
    from shared.record.store import Unavailable

    branch = read_map(mapping).branch
    with acted(actor):
        try:
            acting(settings, actor).needs([Role.OPERATOR], branch)
        except Unavailable as error:
            raise RecordAway(str(error)) from error


def _wrong(reason: object) -> NoReturn:
    """Nothing was imported, and why."""
    refuse("import.wrong", WRONG, reason=reason)


def _settings(state: Path | None) -> "Settings | None":
    """Intake's settings; None if nothing runs here and the environment names nothing."""
    from guiyi.access import surroundings
    from guiyi.stack.run import installation_at
    from shared.config import SettingMissing, read

    with suppress(SettingMissing):
        return read("intake", surroundings(installation_at(state)), roles=["web"])
    return None


class _Told:
    """What the person at the terminal is told, and how the command exits."""

    def __init__(self, *, as_json: bool, dry_run: bool) -> None:
        from rich.console import Console

        self._as_json, self._dry_run = as_json, dry_run
        self._console = Console(stderr=True, highlight=False, quiet=as_json)
        self._began = time.monotonic()
        self._notices: Sequence[Notice] = ()
        self._tickets: Sequence[Previewed] = ()

    def tell(self, notices: "Sequence[Notice]") -> None:
        """Say what somebody should know before anything is written."""
        self._notices = notices
        for each in notices:
            self._console.print(say(f"import.{each.code}", **each.numbers))

    @contextmanager
    def progress(self) -> "Iterator[Watch]":
        """A bar over the file's bytes, with the speed and the time that is left."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=self._as_json or not self._console.is_terminal,
        ) as shown:
            doing = say("import.looking" if self._dry_run else "import.doing")
            task = shown.add_task(doing, total=None, rate="")

            def watch(tally: "Tally", legacy: "LegacyFile") -> None:
                per_second = tally.rows / max(time.monotonic() - self._began, 0.001)
                rate = say("import.rate", rate=f"{per_second:,.0f}")
                shown.update(task, total=legacy.table.size, completed=legacy.table.done, rate=rate)

            yield watch

    def end(
        self, tally: "Tally", rejects: Path, stopped: str | None, preview: "Preview | None"
    ) -> NoReturn:
        """The counts, and how it ended; of a dry run also the first tickets."""
        self._tickets = list(preview.tickets.values()) if preview else []
        say_it = self._say_json if self._as_json else self._say
        say_it(tally, rejects if tally.rejected and not self._dry_run else None, stopped)
        if stopped is not None:
            raise typer.Exit(STOPPED)
        raise typer.Exit(REJECTED if tally.rejected else DONE)

    def _say_json(self, tally: "Tally", rejects: Path | None, stopped: str | None) -> None:
        counts = asdict(tally) | {"open_states": sorted(tally.open_states)}
        seconds = round(time.monotonic() - self._began, 1)
        path = str(rejects) if rejects else None
        ended: dict[str, object] = {
            "dry_run": self._dry_run,
            "seconds": seconds,
            "rejects": path,
            "stopped": stopped,
        }
        ended["notices"] = [{"code": each.code, **each.numbers} for each in self._notices]
        if self._dry_run:
            ended["first"] = [asdict(each) for each in self._tickets]
        print_json(counts | ended)

    def _say(self, tally: "Tally", rejects: Path | None, stopped: str | None) -> None:
        from rich.console import Console

        out = Console(highlight=False)
        out.print(_counts(tally, dry_run=self._dry_run))
        out.print(_states(tally))
        if self._tickets:
            out.print(_first(self._tickets))
        if stopped is not None:
            complain("import.stopped", reason=stopped)
        elif self._dry_run:
            typer.echo(say("import.looked"))
        else:
            typer.echo(say("import.done", seconds=f"{time.monotonic() - self._began:.0f}"))
        if rejects is not None:
            typer.echo(say("import.see", path=rejects))


def _counts(tally: "Tally", *, dry_run: bool) -> "Table":
    from rich.table import Table

    table = Table(show_header=False, box=None)
    added = "import.would_add" if dry_run else "import.added"
    facts = "import.would_facts" if dry_run else "import.facts"
    for name, count in (
        (say("import.tickets"), tally.tickets),
        (say("import.rows"), tally.rows),
        (say(added), tally.added),
        (say("import.known"), tally.known),
        (say("import.rejected"), tally.rejected),
        *([(say("import.headings"), tally.headings)] if tally.headings else []),
        *([(say(facts), tally.facts)] if tally.facts != tally.added else []),
        *((f"  {code}", count) for code, count in sorted(tally.reasons.items())),
    ):
        table.add_row(name, f"{count:,}")
    return table


def _first(tickets: "Sequence[Previewed]") -> "Table":
    """The first tickets as the list would show them."""
    from rich.table import Table

    table = Table(box=None, title=say("import.first"), title_justify="left")
    for head in ("tickets", "state", "open", "received", "facts", "listed"):
        table.add_column(say(f"import.{head}"), overflow="fold")
    for each in tickets:
        listed = ", ".join(f"{name}: {value[:40]}" for name, value in each.listed.items())
        is_open = say("import.open" if each.is_open else "import.closed")
        received = f"{each.received_at:%Y-%m-%d %H:%M} UTC"
        table.add_row(each.ticket, each.state, is_open, received, str(each.steps), listed)
    return table


def _states(tally: "Tally") -> "Table":
    """How the map reads the states of the old desk; an error in it shows here."""
    from rich.table import Table

    table = Table(box=None)
    table.add_column(say("import.state"))
    table.add_column(say("import.rows"), justify="right")
    table.add_column()
    for state, count in sorted(tally.states.items(), key=lambda each: -each[1]):
        is_open = "import.open" if state in tally.open_states else "import.closed"
        table.add_row(state, f"{count:,}", say(is_open))
    return table
