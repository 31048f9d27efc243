"""逐晚 (by evening): what several branches do on a day, they do at once.

Time goes on when nobody is busy any more, so that all wait for the slowest. They do so once a day,
and once more where a store does something.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from guiyi.play.branch.month import Waits
from guiyi.play.branch.together import Together
from guiyi.play.days import ZONE
from guiyi.play.player import A_DAY

EVENING = datetime(2000, 1, 1, 18, tzinfo=ZONE)
"""The hour: later than anything that begins in a month, and not yet quiet."""
BEFORE_REPAIRS = timedelta(minutes=30)
"""So much earlier the stores do what they do on the day."""


class InTurn(Waits):
    """一店之等: as the others let it go on."""

    def __init__(self, together: Together, told: Callable[[], None] = lambda: None) -> None:
        """`told`: called when a repair has come to its end."""
        self._together, self._told = together, told

    def turn_to(self, moment: datetime) -> None:
        """As Waits.turn_to."""
        self._together.reach(moment)

    def told(self, count: int) -> None:  # noqa: ARG002 - of this month
        """As Waits.told."""
        self._told()


class ByEvening(InTurn):
    """逐晚: of several branches; what falls due on a day is done in its evening."""

    def hour_of(self, moment: datetime, *, is_store: bool) -> datetime:
        """As Waits.hour_of. The stores come first, for what they read repairs would change."""
        earlier = BEFORE_REPAIRS if is_store else timedelta(0)
        return _evening_of(moment + earlier) - earlier

    def since(self, now: datetime) -> datetime:
        """As Waits.since: when the evening began, however long it has taken."""
        begins = EVENING - BEFORE_REPAIRS
        return begins + (now - begins) // A_DAY * A_DAY


def is_for_stores(moment: datetime) -> bool:
    """Whether it is the hour, of the two of an evening, at which stores do something."""
    return moment != _evening_of(moment)


def _evening_of(moment: datetime) -> datetime:
    """The first evening that is not before it."""
    return EVENING - (EVENING - moment) // A_DAY * A_DAY
