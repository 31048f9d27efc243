"""Heartbeats: one small question to each kind of program, in its own protocol.

A stopped process still accepts connections, because the operating system does that. So a probe
counts as answered only when the program itself has answered.
"""

import asyncio
import ssl
import struct
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from guiyi.stack.program import Pulse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

HOST = "127.0.0.1"
API_VERSIONS = 18
CORRELATION = 7_411
PROTOCOL_3_0 = 196_608
STARTING_UP = b"C57P03"
OK = 200
NOT_FOUND = 404
WELL = (OK, NOT_FOUND)
LONGEST = 65_536
"""Bytes of an answer that are read."""


@asynccontextmanager
async def _connected(
    port: int, tls: ssl.SSLContext | None = None
) -> "AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]":
    reader, writer = await asyncio.open_connection(HOST, port, ssl=tls)
    try:
        yield reader, writer
    finally:
        writer.close()


async def kafka(port: int, authority: Path | None = None) -> Pulse:
    """ApiVersions: the one request that any broker answers to anybody.

    `authority` is whose certificates are believed, if the broker is asked by TLS.
    """
    tls = ssl.create_default_context(cafile=authority) if authority is not None else None
    client = b"guiyi-probe"
    body = struct.pack(">hhih", API_VERSIONS, 0, CORRELATION, len(client)) + client
    async with _connected(port, tls) as (reader, writer):
        writer.write(struct.pack(">i", len(body)) + body)
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        answer = await reader.readexactly(min(size, LONGEST))
    correlation, error = struct.unpack_from(">ih", answer)
    return Pulse.READY if (correlation, error) == (CORRELATION, 0) else Pulse.BUSY


async def postgres(port: int) -> Pulse:
    """The start of a session: the server asks for a password, or says that it is starting up."""
    body = struct.pack(">i", PROTOCOL_3_0) + b"user\0guiyi-probe\0database\0postgres\0\0"
    async with _connected(port) as (reader, writer):
        writer.write(struct.pack(">i", len(body) + 4) + body)
        kind = await reader.readexactly(1)
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        answer = await reader.readexactly(max(0, min(size - 4, LONGEST)))
    if kind == b"E" and STARTING_UP in answer:
        return Pulse.BUSY
    return Pulse.READY


async def http(port: int) -> Pulse:
    """GET /healthz: anything but 200 is silence, because the process says that it is stuck."""
    return Pulse.READY if await _status(port, "/healthz") == OK else Pulse.SILENT


async def http_ready(port: int) -> bool:
    """GET /readyz: whether the process can do its work; also true if it has no /readyz."""
    return await _status(port, "/readyz") in WELL


async def http_lines(port: int, path: str) -> "tuple[int, Sequence[str]]":
    """GET: the status code and the lines of a short body in plain text."""
    async with _asked(port, path) as (status, reader):
        while (await reader.readline()).strip():
            pass  # headers
        body = await reader.read(LONGEST)
    return status, body.decode("utf-8", "replace").splitlines() if status != NOT_FOUND else ()


async def _status(port: int, path: str) -> int:
    async with _asked(port, path) as (status, _):
        return status


@asynccontextmanager
async def _asked(port: int, path: str) -> "AsyncIterator[tuple[int, asyncio.StreamReader]]":
    async with _connected(port) as (reader, writer):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        version, _, rest = (await reader.readline()).partition(b" ")
        if not version.startswith(b"HTTP/"):
            raise ValueError(f"no HTTP from port {port}")
        yield int(rest[:3]), reader
