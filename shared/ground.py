"""依据 (grounds): what a step rests on, and since when that stands.

Nobody can have done a step before it. `shared.claims` holds to it what people tell of time.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from shared.decider import Asked

Ground: TypeAlias = Callable[[Asked], datetime | None]
"""依据: since when that has stood on which a step rests; None: it has not happened yet."""


def last_of(*kinds: type) -> Ground:
    """依据: the last fact of these classes, on the home stream or on those the step reads."""
    return lambda asked: max((each.at for each in asked.of_kind(*kinds)), default=None)


def last_here(*kinds: type) -> Ground:
    """依据: as `last_of`, of the home stream alone, for a step that reads others of its kind."""
    return lambda asked: max(
        (each.at for each in asked.happened.get(asked.home, ()) if isinstance(each.fact, kinds)),
        default=None,
    )


def first_of(*kinds: type) -> Ground:
    """依据: the first fact of these classes, as `last_of`."""
    return lambda asked: min((each.at for each in asked.of_kind(*kinds)), default=None)


def first_here(*kinds: type) -> Ground:
    """依据: the first fact of these classes, as `last_here`."""
    return lambda asked: min(
        (each.at for each in asked.happened.get(asked.home, ()) if isinstance(each.fact, kinds)),
        default=None,
    )


def both(*grounds: Ground) -> Ground:
    """依据: whichever of these has stood for a shorter time."""
    return lambda asked: max(
        (at for ground in grounds if (at := ground(asked)) is not None), default=None
    )


def nothing_before(_asked: Asked) -> datetime | None:
    """无所依据: it rests on nothing that we know of."""
    return None
