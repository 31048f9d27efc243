"""询问 (asking): what every part says of itself now, whatever the supervisor has written."""

import asyncio
from collections.abc import Mapping, Sequence

from guiyi.stack import probes
from guiyi.stack.program import Pulse
from guiyi.stack.status import PartStatus, Status, with_parts

LIMIT_S = 4.0
PROBES = {"kafka": probes.kafka, "postgres": probes.postgres}
SILENT = "it does not answer"


def as_they_say(told: Status) -> Status:
    """The status, with what each part says at /readyz. Takes some seconds at most."""
    answers = asyncio.run(_answers(told["parts"]))
    return with_parts(told, [_with(part, answers.get(part["name"])) for part in told["parts"]])


async def _answers(parts: Sequence[PartStatus]) -> Mapping[str, tuple[str, Sequence[str]]]:
    asked = {
        part["name"]: _answer(part["name"], part["port"])
        for part in parts
        if part["pid"] is not None and part["port"] is not None
    }
    return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))


async def _answer(name: str, port: int) -> tuple[str, Sequence[str]]:
    """The state of a part by its own answer, and what it names."""
    try:
        async with asyncio.timeout(LIMIT_S):
            if (server := PROBES.get(name)) is not None:
                return ("up" if await server(port) == Pulse.READY else "unready", ())
            status, lines = await probes.http_lines(port, "/readyz")
    except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
        return "silent", [SILENT]
    state = "up" if status in probes.WELL else "unready"
    return state, [line for line in lines if line != "ok"]


def _with(part: PartStatus, answer: tuple[str, Sequence[str]] | None) -> PartStatus:
    """A part that the supervisor is ending keeps that state, and one that begins may be silent."""
    told = part["state"]
    state, notes = answer or (told, ())
    if told == "stopping" or (told == "starting" and state != "up"):
        state = told
    return {**part, "state": state, "notes": [*notes]}
