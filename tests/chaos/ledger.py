"""What the rooms have promised: every command that was accepted, written down by its sender."""

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

LOST = 0.03
"""How often the answer to a request is lost on its way; who asks then asks again."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Facts that a room said to have recorded, at the end of a stream."""

    room: str
    stream: str
    version: int
    """The version of the last of them."""
    facts: tuple[str, ...]
    """Their types, in order."""


@dataclass
class Ledger:
    """The promises of all rooms."""

    promises: set[Promise] = field(default_factory=set)
    lost: int = 0
    """Answers that were thrown away."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, room: str, answer: httpx.Response) -> None:
        """Write down what an answer promises; an answer to a question promises nothing."""
        if answer.status_code not in (200, 201):
            return
        told = json.loads(answer.content)
        if isinstance(told, dict) and told.get("facts"):
            promise = Promise(room, told["stream"], told["version"], tuple(told["facts"]))
            with self._lock:
                self.promises.add(promise)

    def forget_one(self) -> None:
        """Count an answer that was thrown away."""
        with self._lock:
            self.lost += 1


class LossyTransport(httpx.BaseTransport):
    """A connection to a room that now and then loses the answer after the room has given it."""

    def __init__(
        self, inner: httpx.BaseTransport, room: str, ledger: Ledger, chance: random.Random
    ) -> None:
        self._inner, self._room, self._ledger, self._chance = inner, room, ledger, chance

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As BaseTransport.handle_request."""
        answer = self._inner.handle_request(request)
        answer.read()
        if request.method == "POST" and self._chance.random() < LOST:
            self._ledger.forget_one()
            raise httpx.ReadError("the answer was lost", request=request)
        if request.method == "POST":
            self._ledger.note(self._room, answer)
        return answer

    def close(self) -> None:
        """As BaseTransport.close."""
        self._inner.close()


def watching(ledger: Ledger, chance: random.Random) -> Callable[[str], httpx.BaseTransport]:
    """The transport to each room, for a desk."""
    return lambda room: LossyTransport(httpx.HTTPTransport(), room, ledger, chance)
