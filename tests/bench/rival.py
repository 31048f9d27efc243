"""对手 (the rival): `eventsourcing` on the same PostgreSQL, used as its documentation shows."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent

from shared.config import Settings


class Ticket(Aggregate):
    """An aggregate with one kind of event."""

    @event("RemoteGuidanceGiven")
    def note(self, ticket: str, branch: str, actor: str, said: str) -> None:
        """Something was said."""
        self.said = (ticket, branch, actor, said)


class Desk(Application[UUID]):
    """Saves tickets."""

    def open(self) -> Any:
        """Make a ticket and save it."""
        ticket = Ticket()
        self.save(ticket)
        return ticket

    def note(self, ticket: Any, said: str) -> None:
        """Trigger one more event of the ticket and save it."""
        ticket.note("BX-HZ01-20261123-0001", "HZ01", "wang", said)
        self.save(ticket)

    def insert(self, stream: UUID, version: int, topic: str, state: bytes) -> None:
        """Store one event whose bytes are ready."""
        self.recorder.insert_events([StoredEvent(stream, version, topic, state)])


def application(settings: Settings, chosen: Mapping[str, str]) -> Desk:
    """The application with these settings, in the room's database."""
    url = urlsplit(settings.owner_url or "")
    return Desk(
        env={
            **chosen,
            "POSTGRES_DBNAME": url.path[1:],
            "POSTGRES_HOST": url.hostname or "",
            "POSTGRES_PORT": str(url.port),
            "POSTGRES_USER": url.username or "",
            "POSTGRES_PASSWORD": unquote(url.password or ""),
        }
    )
