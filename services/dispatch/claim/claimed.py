"""报销所据 (what is claimed): as the papers say it and as it is told, and what forbids it.

What the papers say is taken from them: when somebody left, by which means, what had been approved
or granted instead, and which report goes to finance. Only the rest is told.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.dispatch import vouchers
from services.dispatch.visit.state import Visit
from services.dispatch.work_order import PAPER as WORK_ORDER
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import visits_of_ticket
from shared.decider import Asked, Happened, Rule, number_of, reason
from shared.events.dispatch import TaskHandedIn
from shared.events.order_sheet import Deviation, OrderStage
from shared.events.travel_claims import (
    ClaimSubmitted,
    ExpenseKind,
    ExpenseLine,
    ReportAttached,
    Trip,
)
from shared.events.values import Past, Ref, Several, Text, TravelMode
from shared.events.visits import Departed

OVER = (OrderStage.HANDED_IN, OrderStage.CLOSED)
"""Where an order stands whose journeys may be claimed: brought home, or ended without that."""
AROUND = timedelta(days=90)
"""前后: how long before a journey, or after it, something is paid for it: a ticket bought ahead."""
OF_DAYS = (ExpenseKind.LODGING, ExpenseKind.ALLOWANCE, ExpenseKind.LOCAL)
"""What is spent on the days of a journey and on no others; so is what one's own car costs."""


@dataclass(frozen=True, slots=True)
class TripTold:
    """行程: what no paper says of a journey: from where to where, and when somebody was back."""

    visit: Ref
    from_place: Text
    to_place: Text
    back_at: Past


@dataclass(frozen=True, slots=True)
class Expenses:
    """报销内容: the journeys, and what was paid for on the way."""

    trips: Several[TripTold]
    lines: Several[ExpenseLine]


@dataclass(frozen=True, slots=True)
class Claimed:
    """报销所据: what is claimed, and all that is looked at to say whether it may be."""

    fact: ClaimSubmitted
    told: Expenses
    order: WorkOrder
    visits: Mapping[str, Visit]
    zone: ZoneInfo

    def broken(self, asked: Asked) -> Iterator[Rule]:
        """Every rule that forbids it."""
        number = self.fact.order
        yield self.order.stage not in OVER, reason("not-handed-in", number=number)
        yield from self._of_trips(asked)
        yield from self._of_lines(asked)
        yield from self._of_vouchers(asked)

    def _of_trips(self, asked: Asked) -> Iterator[Rule]:
        named = [each.visit for each in self.told.trips]
        made = {n for n, visit in self.visits.items() if visit.departed is not None}
        unmade = sorted(set(named) - made)
        foreign = sorted(n for n in set(named) & made if asked.actor not in self._travelled(n))
        early = [each.visit for each in self.fact.trips if each.back_at < each.left_at]
        twice = sorted(name for name, count in Counter(named).items() if count > 1)
        yield bool(unmade), reason("journey-not-made", visits=unmade, order=self.fact.order)
        yield bool(foreign), reason("not-your-journey", visits=foreign)
        yield bool(twice), reason("trip-twice", visits=twice)
        home = self._home(asked)
        late = [
            each.visit
            for each in self.fact.trips
            if home is not None and self._days(each)[1] > home.astimezone(self.zone).date()
        ]
        yield bool(early), reason("back-before-leaving", visits=early)
        yield bool(late), reason("back-after-hand-in", visits=late)

    def _home(self, asked: Asked) -> datetime | None:
        """When who claims handed the task in themselves: they were back by then."""
        told = asked.happened.get(WORK_ORDER.stream_of(self.fact.order), ())
        last = [each for each in told if isinstance(each.fact, TaskHandedIn)][-1:]
        return next((each.at for each in last if asked.actor in each.people), None)

    def _travelled(self, visit: str) -> frozenset[str]:
        """Who made the visit, and who was to travel along or was sent by base."""
        sent = (each.technician for each in self.order.sent)
        along = (*self.order.companions, *self.order.travellers, *sent)
        return frozenset((self.visits[visit].technician, *along))

    def _of_lines(self, asked: Asked) -> Iterator[Rule]:
        days = {each.visit: self._days(each) for each in self.fact.trips}
        own = {e.visit for e in self.fact.trips if e.mode_used is TravelMode.OWN_CAR}
        lines = list(enumerate(self.fact.lines, start=1))
        today = asked.recorded_at.astimezone(self.zone).date()
        loose = [str(n) for n, each in lines if each.visit not in days]
        ahead = [str(n) for n, each in lines if each.on > today]
        aside = [
            str(n)
            for n, each in lines
            if each.visit in days and not _within(each, days[each.visit], by_car=each.visit in own)
        ]
        bare = [str(n) for n, each in lines if _unproved(each)]
        yield not lines, reason("claim-empty")
        yield bool(loose), reason("line-without-trip", lines=loose)
        yield bool(ahead), reason("expense-ahead", lines=ahead)
        yield bool(aside), reason("beside-the-journey", lines=aside)
        yield bool(bare), reason("voucher-missing", lines=bare)

    def _days(self, trip: Trip) -> tuple[date, date]:
        first, last = (at.astimezone(self.zone).date() for at in (trip.left_at, trip.back_at))
        return first, last

    def _of_vouchers(self, asked: Asked) -> Iterator[Rule]:
        number = number_of(asked.home)
        used = vouchers.taken(asked, number, vouchers.vouchers(self.fact))
        days = vouchers.taken(asked, number, vouchers.days(self.fact))
        named = sorted(
            {
                each.voucher_no
                for each in self.fact.lines
                if each.voucher_no and not used.isdisjoint(vouchers.streams_named(each.voucher_no))
            }
        )
        on = sorted(
            {
                each.on.isoformat()
                for each in self.fact.lines
                if each.kind is ExpenseKind.ALLOWANCE
                and vouchers.stream_of_day(asked.actor, each.on) in days
            }
        )
        yield bool(named), reason("voucher-twice", vouchers=named)
        yield bool(on), reason("allowance-twice", days=on)


def claimed(told: Expenses, number: str, zone: str, asked: Asked) -> Claimed:
    """报销所据: what is told of the journeys of an order, with what its papers say of them."""
    order: WorkOrder = asked.read(WORK_ORDER.stream_of(number))
    visits = _visits_of(number, asked)
    fact = ClaimSubmitted(
        number=number_of(asked.home),
        ticket=asked.ticket or "",
        branch=asked.branch,
        order=number,
        claimant=asked.actor,
        trips=tuple(
            _trip(each, order, visits[each.visit], asked)
            for each in told.trips
            if each.visit in visits
        ),
        lines=told.lines,
        total_fen=sum(each.fen for each in told.lines),
        report=_report(order),
    )
    return Claimed(fact, told, order, visits, ZoneInfo(zone))


def _visits_of(order: str, asked: Asked) -> Mapping[str, Visit]:
    """The visits of an order for which somebody set out, or was to."""
    read: Mapping[str, Visit] = asked.read_series(visits_of_ticket(asked.home).prefix)
    return {number_of(stream): visit for stream, visit in read.items() if visit.order == order}


def _trip(told: TripTold, order: WorkOrder, visit: Visit, asked: Asked) -> Trip:
    """The journey as it is told, and as its visit and the order say it."""
    left, planned = _left(told.visit, asked), visit.planned
    departed, granted = visit.departed, order.travel_granted
    assert planned is not None
    used = departed.mode if departed else planned.travel_mode
    deviation = departed.deviation if departed else ()
    otherwise = Deviation.TRAVEL_MODE in deviation
    approved = order.travel.mode if order.travel and otherwise else used
    return Trip(
        visit=told.visit,
        from_place=told.from_place,
        to_place=told.to_place,
        left_at=left.at if left else planned.travel_at,
        back_at=told.back_at,
        mode_approved=approved,
        mode_used=used,
        change=granted.granted if granted else None,
        deviation=deviation,
    )


def _left(visit: str, asked: Asked) -> Happened | None:
    """That its technician set out."""
    facts = asked.happened.get(f"visit-{visit}", ())
    return next((each for each in facts if isinstance(each.fact, Departed)), None)


def _report(order: WorkOrder) -> ReportAttached:
    """所附报修单: as the order was made out by it last."""
    noted = order.noted
    if noted is None:
        return ReportAttached("", 0, "")
    return ReportAttached(number_of(noted.report), noted.version, noted.approved.content)


def _within(line: ExpenseLine, days: tuple[date, date], *, by_car: bool) -> bool:
    of_days = line.kind in OF_DAYS or (by_car and line.kind is ExpenseKind.FARE)
    around = timedelta() if of_days else AROUND
    return days[0] - around <= line.on <= days[1] + around


def _unproved(line: ExpenseLine) -> bool:
    """Neither a voucher nor a word why there is none; an allowance needs none."""
    return line.kind is not ExpenseKind.ALLOWANCE and not (line.voucher_no or line.because)
