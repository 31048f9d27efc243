"""派工的接口 (HTTP of dispatch): bodies to commands, views to answers; no rule is asked here."""

from fastapi import APIRouter

from services.dispatch import api_orders, api_queries, api_visits, api_work
from services.dispatch.api_terms import person
from shared.http.door import Door
from shared.policy import CORE, Core
from shared.policy.source import read


def routes(door: Door) -> APIRouter:
    """Every route of the room."""
    policy = read(door.fittings.policy_dir / CORE, Core)
    router = APIRouter(prefix="/v1", tags=["派工 dispatch"])
    api_orders.hang(door, router, policy)
    api_work.hang(door, router, policy)
    api_visits.hang(door, router, policy)
    api_queries.hang(door, router)
    return router


def is_active(door: Door, who: str) -> bool | None:
    """Whether a person may still act, by the newest card this room has; None: it has none."""
    card = person(door, who)
    return card.active if card else None
