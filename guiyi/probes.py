"""Heartbeats: one small question to each kind of program, in its own protocol.

A process that is stopped still accepts connections (the kernel does that for it), so a probe is
only answered when the program itself has answered.
"""

import asyncio
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from guiyi.program import Pulse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOST = "127.0.0.1"
API_VERSIONS = 18
CORRELATION = 7_411
PROTOCOL_3_0 = 196_608
STARTING_UP = b"C57P03"
HTTP_OK = b" 200 "


@asynccontextmanager
async def _connected(
    port: int, host: str = HOST
) -> "AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]":
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def kafka(port: int, host: str = HOST) -> Pulse:
    """ApiVersions: the one request that any broker answers to anybody."""
    client = b"guiyi-probe"
    body = struct.pack(">hhih", API_VERSIONS, 0, CORRELATION, len(client)) + client
    async with _connected(port, host) as (reader, writer):
        writer.write(struct.pack(">i", len(body)) + body)
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        answer = await reader.readexactly(min(size, 65_536))
    correlation, error = struct.unpack_from(">ih", answer)
    return Pulse.READY if (correlation, error) == (CORRELATION, 0) else Pulse.BUSY


async def postgres(port: int, host: str = HOST) -> Pulse:
    """The start of a session: the server asks for a password, or says that it is starting up."""
    body = struct.pack(">i", PROTOCOL_3_0) + b"user\0guiyi-probe\0database\0postgres\0\0"
    async with _connected(port, host) as (reader, writer):
        writer.write(struct.pack(">i", len(body) + 4) + body)
        kind = await reader.readexactly(1)
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        answer = await reader.readexactly(max(0, min(size - 4, 65_536)))
    if kind == b"E" and STARTING_UP in answer:
        return Pulse.BUSY
    return Pulse.READY


async def http(port: int, path: str, host: str = HOST) -> Pulse:
    """GET: 200 is ready; any other answer comes from a program that lives but cannot serve."""
    async with _connected(port, host) as (reader, writer):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        status = await reader.readline()
    if not status.startswith(b"HTTP/"):
        return Pulse.SILENT
    return Pulse.READY if HTTP_OK in status else Pulse.BUSY
