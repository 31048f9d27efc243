"""限度 (limits): how much of a web process one caller, one address or one connection may take.

Each limit is a setting with a default that every tool of ours keeps well below.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from math import ceil
from typing import TypeAlias

SETTINGS = (
    *("CONNECTIONS", "CONNECTIONS_PER_ADDRESS", "CALLER_AT_ONCE", "CALLER_PER_SECOND"),
    "STRANGER_PER_SECOND",
    *("HEADERS_SECONDS", "BODY_SECONDS", "ANSWER_SECONDS", "TRUSTED_PROXIES", "WEB_PROCESSES"),
)

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Limits:
    """限度: of one web process."""

    connections: int = 2048
    """Open at once. For another one, a connection that asks nothing just now is closed."""
    connections_per_address: int = 512
    """Of these from one address, unless it is that of a trusted proxy."""
    headers_s: float = 10
    """Seconds for the headers of a request to arrive in whole."""
    body_s: float = 20
    """Seconds for a body to arrive in whole."""
    answer_s: float = 30
    """Seconds for which a client may take nothing of its answer."""
    caller_at_once: int = 64
    """Requests of one caller that are handled at once: half of what the process handles."""
    caller_per_s: float = 200
    """Requests of one caller each second, on the average of ten seconds."""
    stranger_per_s: float = 2
    """Requests without a token from one address each second, on the average of ten seconds."""
    proxies: tuple[Network, ...] = ()
    """Networks of proxies whose `X-Forwarded-For` is believed. Others speak for themselves."""

    def is_proxy(self, address: str) -> bool:
        """Whether the address is that of a trusted proxy."""
        try:
            asked = ip_address(address)
        except ValueError:
            return False
        return any(asked in network for network in self.proxies)


DEFAULT = Limits()


def read(env: Mapping[str, str]) -> Limits:
    """The limits that the environment sets, and the defaults of the others.

    What one address and one caller may take is of the room; each web process gives a share of it.
    """
    processes = max(1, int(env.get("WEB_PROCESSES", 1)))
    of_address = int(env.get("CONNECTIONS_PER_ADDRESS", DEFAULT.connections_per_address))
    at_once = int(env.get("CALLER_AT_ONCE", DEFAULT.caller_at_once))
    named = env.get("TRUSTED_PROXIES", "").replace(",", " ").split()
    return Limits(
        connections=int(env.get("CONNECTIONS", DEFAULT.connections)),
        connections_per_address=ceil(of_address / processes),
        headers_s=float(env.get("HEADERS_SECONDS", DEFAULT.headers_s)),
        body_s=float(env.get("BODY_SECONDS", DEFAULT.body_s)),
        answer_s=float(env.get("ANSWER_SECONDS", DEFAULT.answer_s)),
        caller_at_once=ceil(at_once / processes),
        caller_per_s=float(env.get("CALLER_PER_SECOND", DEFAULT.caller_per_s)) / processes,
        stranger_per_s=float(env.get("STRANGER_PER_SECOND", DEFAULT.stranger_per_s)) / processes,
        proxies=tuple(ip_network(each) for each in named),
    )
