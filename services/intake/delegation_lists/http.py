"""授权清单的接口 (HTTP of the lists of delegations): all of them, and those in force today."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Annotated

from fastapi import APIRouter

from services.intake import delegation, registers
from services.intake.delegation import Delegations
from services.intake.reading import READING
from services.intake.views import delegations
from shared.http.api import LAST_DAY, RoomApi
from shared.http.context import RequestContext
from shared.http.problem import unknown
from shared.http.query import Before, Listed, Paged, Shown, Within
from shared.http.steps import in_path
from shared.policy import local_day
from shared.view import ViewRow

Number = Annotated[str, in_path(registers.NUMBER)]
_DAY = timedelta(days=1)


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show delegations."""
    path, reads = delegation.PAPER.address.path, READING[delegation.PAPER.prefix]

    @api.query(router, "/delegations", reads=reads, shows=delegations.Row)
    def list_delegations(
        page: Paged,
        *,
        branch: str | None = None,
        person: str | None = None,
        deputy: str | None = None,
        ended: bool | None = None,
        in_force: bool = False,
    ) -> Listed:
        """授权一览: who stands in for whom; `in_force`: today, by the calendar of each branch."""
        where = {"branch": branch, "person": person, "deputy": deputy, "ended": ended}
        if not in_force:
            return Listed(delegations, page, where)
        now = api.registers.now()

        @cache
        def today(here: str) -> date:
            return local_day(api.policies(here, now), api.registers.branch(here), now)

        def told(rows: Sequence[ViewRow]) -> Sequence[object]:
            lasting = (row for row in rows if not row.ended)
            return [r for r in lasting if r.from_on <= today(r.branch) <= r.until_on]

        return Listed(delegations, page, {**where, **lasting(now.date())}, told=told)

    @api.query(router, path, reads=reads, shows=Delegations)
    def show_delegations(context: RequestContext, number: Number) -> Shown:
        """授权一览: what a person has delegated at your branches, the ended ones marked."""
        seen = api.existing(delegation.PAPER.stream_of(number))
        theirs = seen.state.within(context.within)
        if not theirs.given:
            raise unknown(number)
        return Shown(theirs, number, theirs.given[max(theirs.given)].branch, seen.version)


def lasting(day: date) -> Mapping[str, object]:
    """Those that may be in force where it is this day, the day before or the day after."""
    return {"from_on": Before(day + 2 * _DAY), "until_on": Within(day - _DAY, LAST_DAY)}
