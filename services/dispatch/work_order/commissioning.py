"""调试单 (commissioning): what a new machine's order asks for, and when its warranty starts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from services.dispatch.work_order.kinds import job_of
from services.dispatch.work_order.state import WorkOrder
from shared.decider import Asked, Rule, reason
from shared.events.dispatch import CustomerSigned, SignatureWaived
from shared.events.intake import RepairClosed
from shared.events.order_sheet import Commissioned, HandedOver, Site, Work, WorkResult
from shared.events.values import Ending


def blank_of_site(site: Site | None) -> Mapping[str, bool]:
    """现场条件: what nobody has said of the place: ready or not, each is said."""
    said = site or Site()
    return {
        "power_ready": said.power_ready is None,
        "room_ready": said.room_ready is None,
        "network_ready": said.network_ready is None,
        "told_by_sales": said.told_by_sales is None,
    }


def blank_of_work(work: Work) -> Mapping[str, bool]:
    """未填: what a commissioning lacks before the customer accepts it.

    Of a machine that does not run yet, only what was done and what is wrong is asked. Of parts that
    were replaced, why they failed: the maker answers for them, and nobody has diagnosed them.
    """
    said = work.commissioned or Commissioned()
    runs = work.result is WorkResult.IN_SERVICE
    whole = set(said.handed_over) == set(HandedOver)
    replaced = any(each.old_taken for each in work.parts_used)
    return {
        "readings": not work.readings,
        "trial_run": runs and said.trial_run is None,
        "training": runs and not said.training and not said.no_training_because,
        "handed_over": runs and not whole and not said.not_handed_over_because,
        "defects": not said.defects and not said.no_defects,
        "fault_nature": replaced and said.fault_nature is None,
    }


def recorded_well(work: Work, order: WorkOrder, unknown: tuple[str, ...]) -> Iterator[Rule]:
    """Rules of the record: nothing is said of a new machine on a repair, nor the reverse."""
    job, said = job_of(order), work.commissioned
    fits = work.result in (None, job.undone, *job.done)
    odd = {
        "commissioned": said is not None and "commissioned" not in job.has,
        "result": not fits,
    }
    yield job.foreign(odd)
    if said is None:
        return
    run = said.trial_run
    yield run is not None and run.until_at < run.from_at, reason("times-reversed")
    yield run is not None and run.until_at == run.from_at, reason("trial-run-empty")
    ended = work.finished_at
    early = run is not None and ended is not None and ended < run.until_at
    yield early, reason("finished-before-trial")
    twice = sorted(ticket for ticket, count in Counter(said.defects).items() if count > 1)
    yield bool(twice), reason("defect-twice", tickets=twice)
    yield said.no_defects and bool(said.defects), reason("defects-and-none")
    yield bool(unknown), reason("defect-unreported", tickets=unknown)


def accepted_at(order: WorkOrder) -> datetime | None:
    """验收: when the customer accepted it; where they would not sign, when it was finished."""
    if order.customer is None or order.work is None:
        return None
    signature = order.customer.word.signature
    return signature.signed_at if signature else order.work.work.finished_at


def with_warranty(
    closed: RepairClosed, order: WorkOrder, time_zone: str, asked: Asked
) -> RepairClosed:
    """保修起算: with the local day of the acceptance, and the one on which it was recorded."""
    at = accepted_at(order)
    if at is None or closed.ending is not Ending.COMMISSIONED:
        return closed
    zone = ZoneInfo(time_zone)
    told = [each.recorded_at for each in asked.of_kind(CustomerSigned, SignatureWaived)]
    on = at.astimezone(zone).date()
    recorded = told[-1].astimezone(zone).date() if told else on
    return replace(closed, warranty_starts_on=on, acceptance_told_on=recorded)
