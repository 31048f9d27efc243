"""询问 (asking): what every part says of itself now, whatever the supervisor has written."""

import asyncio
from collections.abc import Mapping, Sequence

from guiyi.stack import probes
from guiyi.stack.program import Pulse
from guiyi.stack.status import PartStatus, Status

LIMIT_S = 4.0
SERVERS = {"kafka": probes.kafka, "postgres": probes.postgres}
SILENT = "it does not answer"


def as_they_say(told: Status) -> Status:
    """The status, with what each part says at /readyz. Takes some seconds at most."""
    answers = asyncio.run(_answers(told["parts"]))
    parts = [_with(part, answers.get(part["name"])) for part in told["parts"]]
    unwell = any(
        new["state"] != old["state"] for new, old in zip(parts, told["parts"], strict=True)
    )
    state = "degraded" if unwell and told["state"] == "ready" else told["state"]
    return {**told, "state": state, "parts": parts}


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
            if (server := SERVERS.get(name)) is not None:
                return ("up" if await server(port) == Pulse.READY else "unready", ())
            status, lines = await probes.http_lines(port, "/readyz")
    except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
        return "silent", [SILENT]
    return "unready" if status not in probes.WELL else "up", [
        each for each in lines if each != "ok"
    ]


def _with(part: PartStatus, answer: tuple[str, Sequence[str]] | None) -> PartStatus:
    """A part that the supervisor is starting or ending keeps that state."""
    state, notes = answer or (part["state"], ())
    return {**part, "state": state if part["state"] == "up" else part["state"], "notes": [*notes]}
