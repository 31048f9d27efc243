"""The verbs `load` and `export` of parts, machines, customers and people."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from guiyi.loading import Loading, run
from guiyi.options import Actor, Json, State
from guiyi.reach import reached
from guiyi.refusal import OUT_OF_REACH, complain, refuse
from guiyi.speech import say
from guiyi.tables.sizes import MOST_MB

File = Annotated[Path, typer.Argument(metavar="FILE", help=say("lists.file", workbook=MOST_MB))]
Branch = Annotated[str, typer.Option("--branch", help=say("lists.branch"))]
Encoding = Annotated[str | None, typer.Option("--encoding", help=say("lists.encoding"))]
Delimiter = Annotated[str | None, typer.Option("--delimiter", help=say("lists.delimiter"))]
Mapping = Annotated[Path | None, typer.Option("--mapping", help=say("lists.mapping"))]
Rejects = Annotated[Path | None, typer.Option("--rejects", help=say("import.rejects"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=say("lists.dry_run"))]
Because = Annotated[str, typer.Option("--because", help=say("lists.because"))]


def load_parts(  # noqa: PLR0913, PLR0917 - a file, whose store it fills, and how it is read
    file: File,
    branch: Branch,
    actor: Actor = "",
    catalogue: Annotated[str, typer.Option("--catalogue", help=say("parts.catalogue"))] = "",
    stock: Annotated[str, typer.Option("--stock", help=say("parts.stock"))] = "",
    quota: Annotated[str, typer.Option("--quota", help=say("parts.quota"))] = "",
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    mapping: Mapping = None,
    rejects: Rejects = None,
    dry_run: DryRun = False,
    state: State = None,
    as_json: Json = False,
) -> None:
    """装入配件表 (parts load): every row that the part store does not have yet."""
    people = {"catalogue": catalogue, "stock": stock, "quota": quota}
    how = Loading(file, branch, actor, people, encoding, delimiter, mapping, rejects, state)
    run("parts", how, dry_run=dry_run, as_json=as_json)


def cards_loader(of: str) -> Callable[..., None]:
    """The verb that loads cards of a register which a branch keeps."""

    def load(  # noqa: PLR0913, PLR0917 - a file, who keeps its cards, and how it is read
        file: File,
        branch: Branch,
        actor: Actor = "",
        encoding: Encoding = None,
        delimiter: Delimiter = None,
        mapping: Mapping = None,
        rejects: Rejects = None,
        dry_run: DryRun = False,
        state: State = None,
        as_json: Json = False,
    ) -> None:
        how = Loading(file, branch, actor, {}, encoding, delimiter, mapping, rejects, state)
        run(of, how, dry_run=dry_run, as_json=as_json)

    return load


def load_people(  # noqa: PLR0913, PLR0917 - a file, and how it is read
    file: File,
    actor: Actor = "",
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    mapping: Mapping = None,
    rejects: Rejects = None,
    dry_run: DryRun = False,
    state: State = None,
    as_json: Json = False,
) -> None:
    """装入人员表 (people load): each row says at which branches somebody is."""
    how = Loading(file, "", actor, {}, encoding, delimiter, mapping, rejects, state)
    run("people", how, dry_run=dry_run, as_json=as_json)


def export_parts(branch: Branch, actor: Actor = "", state: State = None) -> None:
    """导出配件表 (parts export): a store's catalogue, stock and quotas, as a list to load."""
    import sys
    from functools import partial

    from guiyi.lists.export import export_parts as write

    with reached(state, actor) as access:
        if access.peers.get("inventory") is None:
            refuse("lists.no_room", OUT_OF_REACH, room="inventory")
        write(partial(access.rows, "inventory"), branch, sys.stdout)


def cards_exporter(of: str) -> Callable[..., None]:
    """The verb that exports cards of a register."""

    def export(
        branch: Annotated[str | None, typer.Option("--branch", help=say("lists.of_branch"))] = None,
        because: Because = "",
        actor: Actor = "",
        state: State = None,
    ) -> None:
        import sys
        from functools import partial

        from guiyi.lists.export import export_cards

        with reached(state, actor) as access:
            if access.peers.get("intake") is None:
                refuse("lists.no_room", OUT_OF_REACH, room="intake")
            asked = {"open": "true", "because": because.strip()} if because.strip() else {}
            rows = partial(access.rows, "intake", **asked)
            masked = export_cards(of, rows, branch, sys.stdout)
        if masked:
            complain("lists.masked", columns=", ".join(masked))

    return export
