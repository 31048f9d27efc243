"""A proxy that speaks TLS, as PostgreSQL does, before a server that was built without it."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from queue import Queue
from urllib.parse import urlsplit, urlunsplit

from guiyi.stack.authority import Certificate

ASKS_FOR_TLS = bytes.fromhex("0000000804d2162f")
"""A client's SSLRequest; it goes on in TLS after the answer S."""


@contextmanager
def tls_proxy(url: str, shown: Certificate) -> Iterator[str]:
    """The URL by which a client comes to the same database through TLS, and by nothing else."""
    parts = urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.keystore)

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError), closing(writer):
            if await reader.readexactly(len(ASKS_FOR_TLS)) != ASKS_FOR_TLS:
                return
            writer.write(b"S")
            await writer.start_tls(context)
            answers, asks = await asyncio.open_connection(parts.hostname, parts.port)
            with closing(asks):
                await asyncio.gather(_pass(reader, asks), _pass(answers, writer))

    async def serve() -> None:
        server = await asyncio.start_server(meet, "127.0.0.1", 0)
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        begun.put((server.sockets[0].getsockname()[1], lambda: loop.call_soon_threadsafe(end.set)))
        async with server:
            await end.wait()

    begun: Queue[tuple[int, Callable[[], object]]] = Queue()
    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    port, stop = begun.get(timeout=10)
    login = parts.netloc.rpartition("@")[0]
    try:
        yield urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))
    finally:
        stop()
        thread.join(10)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError), closing(writer):
        while said := await reader.read(65536):
            writer.write(said)
            await writer.drain()
