"""Receivers for stories: a real SMTP server, and an HTTP server that does what it is told."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Any

TAKEN = "250 taken"


@dataclass
class Mailbox:
    """What came in, and what is answered to each recipient and to each message."""

    to_recipient: list[str] = field(default_factory=list)
    """Answers, first first; when they are used up, everybody is known."""
    to_message: list[str] = field(default_factory=list)
    letters: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - as the library calls it
        self, _server: object, _session: object, envelope: Any, address: str, _options: object
    ) -> str:
        answer = self.to_recipient.pop(0) if self.to_recipient else TAKEN
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - as the library calls it
        self, _server: object, _session: object, envelope: Any
    ) -> str:
        answer = self.to_message.pop(0) if self.to_message else TAKEN
        if answer == TAKEN:
            letter: Message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
        return answer


Answer = Callable[[socket.socket, Event], None]
"""What is done with a connection whose request was read; the event is set at the end."""


@dataclass
class Hook:
    """What came in, and what is done with each request, the last one for ever."""

    answers: list[Answer]
    requests: list[bytes] = field(default_factory=list)

    def headers(self, n: int = -1) -> dict[str, str]:
        """The headers of a request, by lower-case names."""
        lines = self.requests[n].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        pairs = (line.partition(": ") for line in lines)
        return {name.lower(): value for name, _, value in pairs}

    def body(self, n: int = -1) -> bytes:
        """The body of a request."""
        return self.requests[n].partition(b"\r\n\r\n")[2]


def says(text: str) -> Answer:
    """Answers with these bytes and closes."""
    return lambda there, _: there.sendall(text.encode())


def status(code: int, *headers: str) -> Answer:
    """Answers with a status."""
    lines = [f"HTTP/1.1 {code} x", "content-length: 0", *headers, "", ""]
    return says("\r\n".join(lines))


def hangs(_: socket.socket, ended: Event) -> None:
    """Never answers."""
    ended.wait(30)


def drips(there: socket.socket, ended: Event) -> None:
    """Sends a byte now and then, for ever."""
    with suppress(OSError):
        there.sendall(b"HTTP/1.1 200 OK\r\nx: ")
        while not ended.wait(0.05):
            there.sendall(b"x")


def cuts(_there: socket.socket, _ended: Event) -> None:
    """Closes without an answer."""


@contextmanager
def http_server(hook: Hook) -> Iterator[str]:
    """A server on this machine that is no friend."""
    ended = Event()

    class Asked(BaseRequestHandler):
        def handle(self) -> None:
            there: socket.socket = self.request
            hook.requests.append(_read(there))
            answer = hook.answers.pop(0) if len(hook.answers) > 1 else hook.answers[0]
            answer(there, ended)

    with ThreadingTCPServer(("127.0.0.1", 0), Asked) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/notices?of=hz"
        finally:
            ended.set()
            server.shutdown()
            thread.join()


def _read(there: socket.socket) -> bytes:
    """A request with its whole body."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += there.recv(65536)
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [n for n in head.lower().split(b"\r\n") if n.startswith(b"content-length:")]
    wanted = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < wanted:
        body += there.recv(65536)
    return head + b"\r\n\r\n" + body
