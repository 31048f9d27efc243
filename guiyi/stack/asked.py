"""询问 (asking): what every part says of itself now, whatever the supervisor has written."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from guiyi.stack import probes
from guiyi.stack.program import Pulse
from guiyi.stack.status import PartStatus, Status, with_parts

LIMIT_S = 4.0
SILENT = "it does not answer"


def as_they_say(told: Status) -> Status:
    """The status, with what each part says at /readyz. Takes some seconds at most."""
    authority = Path(file) if (file := told.get("authority")) else None
    answers = asyncio.run(_answers(told["parts"], authority))
    return with_parts(told, [_with(part, answers.get(part["name"])) for part in told["parts"]])


async def _answers(
    parts: Sequence[PartStatus], authority: Path | None
) -> Mapping[str, tuple[str, Sequence[str]]]:
    asked = {
        part["name"]: _answer(part["name"], part["port"], authority)
        for part in parts
        if part["pid"] is not None and part["port"] is not None
    }
    return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))


async def _answer(name: str, port: int, authority: Path | None) -> tuple[str, Sequence[str]]:
    """The state of a part by its own answer, and what it names."""
    try:
        async with asyncio.timeout(LIMIT_S):
            if name == "kafka":
                return _of_server(await probes.kafka(port, authority))
            if name == "postgres":
                return _of_server(await probes.postgres(port))
            status, lines = await probes.http_lines(port, "/readyz")
    except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
        return "silent", [SILENT]
    state = "up" if status in probes.WELL else "unready"
    return state, [line for line in lines if line != "ok"]


def _of_server(pulse: Pulse) -> tuple[str, Sequence[str]]:
    return ("up" if pulse is Pulse.READY else "unready"), ()


def _with(part: PartStatus, answer: tuple[str, Sequence[str]] | None) -> PartStatus:
    """A part that the supervisor is ending keeps that state, and one that begins may be silent."""
    told = part["state"]
    state, notes = answer or (told, ())
    if told == "stopping" or (told == "starting" and state != "up"):
        state = told
    return {**part, "state": state, "notes": [*notes]}
