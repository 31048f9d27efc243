"""状态 (status): what a supervisor writes down about itself and its parts."""

from typing import NotRequired, TypedDict


class PartStatus(TypedDict):
    """One process of the stack."""

    name: str
    state: str
    pid: int | None
    created: float | None
    """When the process began, by the system's clock, because a pid may be used again."""
    port: int | None
    restarts: int
    reason: str
    """Why it was started again, if it was."""
    since: float
    """When its state last changed, seconds since 1970."""
    log: str | None
    notes: NotRequired[list[str]]
    """What it says of itself at /readyz: why it is not ready, and what waits for a person."""


class UnpublishedYear(TypedDict):
    """A year of a country whose make-up working days nobody has published yet."""

    country: str
    year: int


class Status(TypedDict, total=False):
    """The whole stack. `state` and `parts` are always there; the rest once it is known."""

    state: str
    reason: str
    pid: int | None
    written_at: float
    addresses: dict[str, str]
    """Where the API of each room answers."""
    fetched: tuple[int, int]
    """How many of the broker's jars are there, and of how many that lacked."""
    kafka: str | None
    authority: str | None
    """The file of the authority whose certificate Kafka shows, if it is come to by TLS."""
    renewing: list[str]
    """Parts that start again, one after the other, because passwords were exchanged."""
    free_mib: int
    """MiB that are free where the state folder is. Measured when it is asked for."""
    unpublished: list[UnpublishedYear]
    """Years for which it is not known which weekends are worked. Looked up when it is asked for."""
    parts: list[PartStatus]


def with_parts(told: Status, parts: list[PartStatus]) -> Status:
    """The status with its parts as they are now.

    A ready one is degraded if a part has another state than up that it was not told to have, and a
    degraded one is ready if all parts are up.
    """
    pairs = zip(parts, told["parts"], strict=True)
    worse = any(now["state"] not in {"up", was["state"]} for now, was in pairs)
    state = "degraded" if worse and told["state"] == "ready" else told["state"]
    if state == "degraded" and all(part["state"] == "up" for part in parts):
        state = "ready"
    return {**told, "state": state, "parts": parts}
