"""邮局 (the post office): a real SMTP server on this machine, which keeps what rooms send."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from shared.config import NOTICES_FILE

TAKEN = "250 taken"
GATEWAY = """[email]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Guiyi <service@example.org>"
"""


@dataclass
class Letters:
    """来信: what came, in plain text."""

    texts: list[str] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802 - as the library calls it
        self, _server: object, _session: object, envelope: Any
    ) -> str:
        """One letter."""
        body = message_from_bytes(envelope.content, policy=default).get_body(("plain",))
        self.texts.append(body.get_content() if body else "")
        return TAKEN


@contextmanager
def smtp_server(handler: object) -> Iterator[int]:
    """A real SMTP server on a free port of this machine; the handler is one of the library's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def post_office(folder: Path) -> Iterator[Letters]:
    """Take letters while it is open; what a stack that starts meanwhile sends by e-mail comes here.

    The file that names the server stands in the folder.
    """
    letters, before = Letters(), os.environ.get(NOTICES_FILE)
    file = folder / "notices.toml"
    try:
        with smtp_server(letters) as port:
            file.write_text(GATEWAY.format(port=port), "utf-8")
            file.chmod(0o600)
            os.environ[NOTICES_FILE] = str(file)
            yield letters
    finally:
        os.environ.pop(NOTICES_FILE, None)
        if before is not None:
            os.environ[NOTICES_FILE] = before
