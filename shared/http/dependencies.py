"""依赖 (dependencies): what the HTTP of a room needs around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.handle import Handler
from shared.http.body import LIMIT, PATIENCE_S
from shared.http.query import Views
from shared.limits import DEFAULT, Limits
from shared.record.files import FileStore
from shared.record.openings import Openings
from shared.token import Caller


@dataclass(frozen=True, slots=True)
class Dependencies:
    """依赖: the record, the views, the tokens and the clock; a process makes it from settings."""

    handler: Handler
    views: Views
    read_token: Callable[[str], Caller]
    files: FileStore
    openings: Openings
    first_operators: frozenset[str] = frozenset()
    """Who may act as operator without a card, so that a new installation can be begun."""
    wake: Callable[[], None] = lambda: None
    """Tells the relays that there is something to send; they would find it by themselves."""
    policy_dir: Path = Path("deploy/policies")
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    stamps: Callable[[], Mapping[str, str]] = dict
    """Headers of every answer: of an installation for stories, that no moment is a real one."""
    body_limit: int = LIMIT
    body_patience: float = PATIENCE_S
    at_once: int = 128
    """How many requests are handled at once; beyond that a caller is asked to come back."""
    limits: Limits = DEFAULT
    is_installed: Callable[[], bool] = lambda: True
    """Whether the database was compared with this program; before that no request is taken."""
