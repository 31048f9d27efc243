"""电线 (a wire): stands between a client and PostgreSQL, and goes wrong when a story says so."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit


@dataclass
class Wire:
    """Forwards bytes both ways until told otherwise."""

    target: tuple[str, int]
    url: str = ""
    muted: bool = False
    """The server's answers no longer come through, and nothing is closed: a stopped server."""
    cut_after: bytes = b""
    """Once the client has said this, the server's next answer is swallowed and the wire cut."""
    _doomed: bool = False
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _open: list[socket.socket] = field(default_factory=list)

    def cut(self) -> None:
        """Close every connection there is now, as a crash of the server does."""
        # Whoever is cut comes back at once; what he opens then is not to be cut as well.
        doomed, self._open = self._open, []
        _end(*doomed)

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self.target)
                self._open += [client, server]
                threading.Thread(target=self._to_server, args=(client, server), daemon=True).start()
                threading.Thread(target=self._to_client, args=(server, client), daemon=True).start()

    def close(self) -> None:
        """Take no more, and cut what there is."""
        self._listener.close()
        self.cut()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with client, server, suppress(OSError):
            while said := client.recv(65536):
                if self.cut_after and self.cut_after in said:
                    self._doomed = True
                server.sendall(said)
            _end(client, server)

    def _to_client(self, server: socket.socket, client: socket.socket) -> None:
        with client, server, suppress(OSError):
            while answered := server.recv(65536):
                if self._doomed:
                    self._doomed, self.cut_after = False, b""
                    self.cut()
                    return
                if not self.muted:
                    client.sendall(answered)
            _end(server, client)


def _end(*sockets: socket.socket) -> None:
    """Tell both sides that it is over.

    Closing is not enough: while another thread reads from a socket, its other side hears nothing.
    """
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire(url: str) -> Iterator[Wire]:
    """A wire to the server of this URL; `wire.url` leads through it."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    made = Wire((parts.hostname, parts.port))
    login = parts.netloc.rpartition("@")[0]
    made.url = urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{made.port}"))
    threading.Thread(target=made.serve, daemon=True).start()
    try:
        yield made
    finally:
        made.close()
