"""A stand-in for a room's process: it answers /healthz at PORT and shows its environment.

It lets tests of the supervisor run without the rooms: `python -m tests.stack.stand_in ROOM
ROLE`. `/told` answers with its environment; `/grandchild` starts a process of its own.
"""

import json
import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        match self.path:
            case "/healthz" | "/readyz":
                body = b"ok"
            case "/told":
                body = json.dumps(dict(os.environ)).encode()
            case "/grandchild":
                body = str(subprocess.Popen(["sleep", "600"]).pid).encode()
            case _:
                self.send_error(404)
                return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's own
        pass


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
