"""接口的约定 (terms of the routes): who may use them, their examples, how a number is asked for."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import Path

from services.intake import rules
from shared.events.values import Role
from shared.http.door import Door
from shared.policy import Core

EMPLOYEES = frozenset(Role) - {Role.AUDITOR, Role.OPERATOR, Role.CUSTOMER}
APPROVERS = frozenset({Role.APPROVER, Role.GENERAL_MANAGER, Role.FINANCE})
READERS = frozenset(Role) - {Role.CUSTOMER}

EXAMPLES: Mapping[str, Any] = json.loads(
    FilePath(__file__).with_name("examples.json").read_text("utf-8")
)
"""An example body for each route that takes one; a story shows that each is accepted."""

Number = Annotated[str, Path(max_length=200, description="编号 number")]


def today(door: Door, policy: Core, branch: str) -> date:
    """The day it is at the branch, by the desk's own clock, whatever a device says."""
    card = door.state(f"branch-{branch}").state
    return rules.local_day(card, policy, door.fittings.clock())


def called(ask: Callable[..., Any], said: str) -> Callable[..., Any]:
    """The same function under what is said of it: its description in the interface."""
    ask.__doc__ = said
    return ask
