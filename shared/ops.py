"""运维口 (operations): /healthz, /readyz and /metrics of a process that serves no other HTTP.

The server runs in a thread of its own and reports on the main loop. If the loop has not called
`beat` for ten seconds, the process is unhealthy, although this thread still answers. A suspended
process does not answer at all.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from shared.notes import in_both

SILENCE = 10.0
"""After so many seconds without a beat the main loop counts as stuck."""
NAMESPACE = "guiyi"
"""The prefix of every metric. docs/metrics.md lists the metrics."""
_CLIENT_LIMIT = 5.0


class Ops:
    """运维口: begin with `start`, call `beat` from the main loop, end with `stop`."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(NAMESPACE, registry=self.registry)
        self._reasons: list[Callable[[], Sequence[str]]] = []
        self._notes: list[Callable[[], Sequence[str]]] = []
        self._beaten = time.monotonic()
        self._server = _Server((host, port), _Answers)
        self._server.ops = self
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.1,), name="ops", daemon=True
        )
        silence = Gauge("guiyi_loop_silence_seconds", "since the last beat", registry=self.registry)
        silence.set_function(self.silence)

    @property
    def port(self) -> int:
        """The port it listens on. If port 0 was asked for, this is the real one."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer. The loop has ten seconds until its first beat."""
        self.beat()
        self._thread.start()

    def stop(self) -> None:
        """Stop answering. The port is free when this returns."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(timeout=_CLIENT_LIMIT)
        self._server.server_close()

    def beat(self) -> None:
        """The main loop ran once more."""
        self._beaten = time.monotonic()

    def silence(self) -> float:
        """Seconds since the last beat."""
        return time.monotonic() - self._beaten

    def ready(self, reasons: Callable[[], Sequence[str]]) -> None:
        """Ask this function at /readyz. It must say quickly why the process is not ready."""
        self._reasons.append(reasons)

    def note(self, notes: Callable[[], Sequence[str]]) -> None:
        """Ask this function at /readyz for lines of the body that change no status code."""
        self._notes.append(notes)

    def noted(self) -> Sequence[str]:
        """Every line that is to be said at /readyz, ready or not."""
        return _answers(self._notes)

    def unready(self) -> Sequence[str]:
        """Every reason why this process is not ready now."""
        found = [] if self.silence() < SILENCE else [f"the loop is silent: {self.silence():.0f} s"]
        return [*found, *_answers(self._reasons)]


def _answers(questions: Iterable[Callable[[], Sequence[str]]]) -> Sequence[str]:
    found: list[str] = []
    for question in questions:
        try:
            found.extend(question())
        except Exception as error:  # noqa: BLE001 - an error means not ready
            found.append(f"{type(error).__name__} while asking")
    return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    ops: Ops


class _Answers(BaseHTTPRequestHandler):
    server: _Server
    timeout: ClassVar[float] = _CLIENT_LIMIT

    def do_GET(self) -> None:
        ops = self.server.ops
        match self.path.partition("?")[0]:
            case "/healthz":
                well = ops.silence() < SILENCE
                self._lines(well, ["ok" if well else f"silent for {ops.silence():.0f} s"])
            case "/readyz":
                reasons = ops.unready()
                self._lines(not reasons, in_both([*(reasons or ["ok"]), *ops.noted()]))
            case "/metrics":
                self._say(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(ops.registry))
            case _:
                self._say(HTTPStatus.NOT_FOUND, "text/plain", b"/healthz /readyz /metrics\n")

    def _lines(self, well: bool, lines: Sequence[str]) -> None:
        status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
        self._say(status, "text/plain; charset=utf-8", "\n".join([*lines, ""]).encode())

    def _say(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library's
        """Log nothing, because there is a request every second."""
