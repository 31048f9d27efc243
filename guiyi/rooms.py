"""服务间 (the rooms) of this installation: the one list, for the stack and the commands."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.room import Room

ROOMS = ("intake", "dispatch", "inventory", "followup")
FIRST_OPERATOR = "operator"
"""Who may act on a new local stack before anybody is registered, unless it is told otherwise."""


def wiring(name: str) -> "Room":
    """A room as its app.py wires it. Raises ModuleNotFoundError if there is no such room."""
    found: Room = import_module(f"services.{name}.app").room
    return found
