"""The verb `restore`: after a database was restored from a backup."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.erasures import apply_erasures, confirm_erasures, keys_at_hand, read_erasures
from guiyi.options import Actor, Json, RoomName, State, room_named
from guiyi.output import print_json
from guiyi.reach import operated
from guiyi.refusal import FAILED, WRONG, complain, refuse
from guiyi.skipping import skips_named
from guiyi.speech import say

if TYPE_CHECKING:
    from shared.relay.restore import Restored
    from shared.relay.restore_plan import RestorePlan

SHOWN = 20
"""So many kinds, people and streams are shown; a program gets all of them."""


def restore(  # noqa: PLR0913, PLR0917 - what comes back, what goes, and how it is asked
    room: RoomName,
    from_journal: Annotated[bool, typer.Option("--from-journal", help=say("restore.from_journal"))],
    kept: Annotated[
        Path | None, typer.Option("--erasures", metavar="FILE", help=say("restore.erasures"))
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(metavar="TOPIC/PARTITION/OFFSET", help=say("restore.skip"))
    ] = None,
    keep_record: Annotated[
        bool, typer.Option("--keep-record", help=say("restore.keep_record"))
    ] = False,
    because: Annotated[str, typer.Option(metavar="REASON", help=say("restore.because"))] = "",
    void_numbers: Annotated[
        bool, typer.Option("--void-numbers", help=say("restore.void_numbers"))
    ] = False,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="FILE", help=say("restore.keep"))
    ] = None,
    actor: Actor = "",
    yes: Annotated[bool, typer.Option("--yes", help=say("parked.yes"))] = False,
    state: State = None,
    as_json: Json = False,
) -> None:
    """从日志恢复 (restore): apply the erasures again, then put back what the record lacks."""
    from shared.broker.admin import BrokerAway
    from shared.config import SettingMissing
    from shared.record.interventions import Because
    from shared.relay.put_back import RecordRefuses
    from shared.relay.restore import restore_from_journal
    from shared.relay.skip import CannotSkip

    if not from_journal:
        raise typer.BadParameter(say("restore.only_from_journal"), param_hint="--from-journal")
    erasures = read_erasures(kept) if kept is not None else ()
    try:
        with operated(state, actor) as access:
            settings = access.settings(room_named(room))
            skips = skips_named(settings, skip or (), because, keep, keep_record=keep_record)
            if void_numbers and not because.strip():
                refuse("restore.void_because", WRONG)
            skips = replace(skips, may_void=void_numbers)
            why = Because(actor, because.strip())
            with keys_at_hand(settings) as keys:
                confirm_erasures(erasures, yes=yes)
                customers = apply_erasures(keys, [settings], erasures, why)
            if customers and not as_json:
                typer.echo(say("erasures.applied", customers=customers))
            agreed = _agreed(room, yes=yes, quiet=as_json and yes)
            restored = restore_from_journal(settings, agreed, _progress(as_json), skips, why)
    except CannotSkip as error:
        refuse("restore.cannot_skip", FAILED, reason=error)
    except (SettingMissing, RecordRefuses, BrokerAway, OSError) as error:
        refuse("restore.failed", FAILED, reason=error)
    _end(room, restored, as_json)


def _agreed(room: str, *, yes: bool, quiet: bool) -> "Callable[[RestorePlan], bool]":
    """Shows what would be put back, and asks. If the answer is no, the command ends."""

    def agreed(plan: "RestorePlan") -> bool:
        if not quiet:
            for line in _lines(room, plan):
                typer.echo(line, err=True)
        if (plan.facts or plan.skipped or plan.unused) and not yes:
            counts = {"facts": len(plan.facts), "records": len(plan.skipped)}
            void = sum(last - first + 1 for _, (first, last) in plan.unused)
            if not typer.confirm(say("restore.sure", **counts, numbers=void), err=True):
                refuse("restore.kept", FAILED, room=room)
        return True

    return agreed


def _lines(room: str, plan: "RestorePlan") -> Iterator[str]:
    """The plan as a person reads it."""
    yield say("restore.plan", room=room, facts=len(plan.facts))
    for number, each in plan.partitions.items():
        if each.lost:
            yield say("restore.plan_lost", partition=number, count=len(each.lost))
        if each.facts:
            first, last = each.facts[0].seq, each.facts[-1].seq
            yield say("restore.plan_partition", partition=number, first=first, last=last)
    for name in ("type", "actor", "stream"):
        counts = Counter(getattr(fact, name) for fact in plan.facts)
        if counts:
            shown = ", ".join(f"{each} {count}" for each, count in counts.most_common(SHOWN))
            more = " …" if len(counts) > SHOWN else ""
            yield say(f"restore.plan_{name}s", count=len(counts), shown=shown + more)
    for number, generation in plan.generations:
        begun = {"partition": number, "first": generation.first_seq}
        yield say("restore.plan_generation", generation=generation.id, **begun)
    if unproved := plan.unproved:
        shown = ", ".join(map(str, unproved[:SHOWN])) + (" …" if len(unproved) > SHOWN else "")
        yield say("restore.plan_unproved", count=len(unproved), records=shown)
    yield from _going(plan)


def _going(plan: "RestorePlan") -> Iterator[str]:
    """What would be given up."""
    for number, (first, last) in plan.unused[:SHOWN]:
        yield say("restore.plan_void", partition=number, first=first, last=last)
    for record in plan.skipped[:SHOWN]:
        kind = record.headers.get("type", b"?").decode(errors="replace")
        yield say("restore.plan_skip", record=record.place, type=kind)
    if rest := len(plan.skipped[SHOWN:]):
        yield say("restore.plan_skip_more", count=rest)


def _planned(plan: "RestorePlan") -> dict[str, object]:
    """The plan as a program reads it."""
    return {
        f"{name}s": dict(Counter(getattr(fact, name) for fact in plan.facts))
        for name in ("type", "actor", "stream")
    }


def _end(room: str, restored: "Restored", as_json: bool) -> None:
    """How many facts were put back, and what stands in the way of the others."""
    count = sum(restored.facts.values())
    obstacles = restored.plan.obstacles
    if as_json:
        lacking = {each.partition: each.seq for each in obstacles if _is_lack(each.outcome)}
        planned = _planned(restored.plan)
        planned["generations"] = [
            {"partition": number, "generation": each.id, "first_seq": each.first_seq}
            for number, each in restored.plan.generations
        ]
        planned["unproved"] = [str(place) for place in restored.plan.unproved]
        told = {"room": room, "facts": count, "lacking": lacking, "planned": planned}
        skipped = [str(record.place) for record in restored.plan.skipped]
        numbers = [*restored.plan.unused, *restored.plan.void]
        void = [f"{number}/{first}-{last}" for number, (first, last) in numbers]
        print_json({**told, "obstacles": obstacles, "skipped": skipped, "void": void})
    else:
        typer.echo(say("restore.done", room=room, facts=count))
    for each in obstacles:
        key = f"restore.{each.outcome.replace('-', '_')}"
        records = ", ".join(each.records) or "—"
        complain(key, partition=each.partition, seq=each.seq, records=records)
    if obstacles:
        raise typer.Exit(FAILED)


def _is_lack(outcome: str) -> bool:
    return outcome == "journal-lacks"


def _progress(quiet: bool) -> Callable[[int], None]:
    done = 0

    def tell(facts: int) -> None:
        nonlocal done
        done += facts
        if not quiet:
            typer.echo(say("restore.progress", facts=done), err=True)

    return tell
