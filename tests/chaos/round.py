"""A round of chaos: people tell whole stories, faults strike, and in the end all is checked."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import psycopg2
from aiokafka.errors import KafkaError as AioKafkaError
from kafka.errors import KafkaError

from guiyi.database import worker_database
from guiyi.rooms import ROOMS, wiring
from shared.record.store import Unavailable
from shared.worker import lag
from shared.worker.offsets import BrokerSilent
from tests.chaos.check import calm, wrong
from tests.chaos.faults import Fault, drawn
from tests.chaos.ledger import Ledger, Promise, watching
from tests.chaos.plants import Plant
from tests.stack.whole import Storytellers, Whole, desk_of

CALM_S = 60.0
"""How soon after a fault facts must flow again."""
SOON_S = 3.0
"""How old the oldest fact may be that a consumer has not taken, while people are at work."""
AT_ONCE = 2
"""How many faults strike together at most."""
LOOK_S = 0.5


@dataclass
class Report:
    """What a round has come to."""

    faults: Counter[str] = field(default_factory=Counter)
    facts: int = 0
    stories: int = 0
    answers_lost: int = 0
    promises: set[Promise] = field(default_factory=set)
    longest_s: float = 0.0
    """The longest way from a fault's end until facts flowed again."""
    findings: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """How many commands were accepted that wrote facts."""
        return len(self.promises)


def play_round(
    stack: Whole,
    chance: random.Random,
    seconds: float,
    *,
    clients: int = 2,
    plants: Sequence[Plant] = (),
    say: Callable[[str], None] = lambda _: None,
) -> Report:
    """Work and faults for so long, then the full check. The branch has been entered before.

    `plants` are put in once all is calm, so that the check can be seen to find them.
    """
    report, ledger = Report(), Ledger()
    lossy = random.Random(chance.random())
    end = time.monotonic() + seconds
    with Storytellers(
        stack, people=clients, desk=lambda at: desk_of(at, watching(ledger, lossy))
    ) as tellers:
        while time.monotonic() < end and not tellers.failed:
            time.sleep(chance.uniform(0.5, 4))
            strike(
                stack,
                [drawn(stack, chance) for _ in range(chance.randint(1, AT_ONCE))],
                report,
                say,
            )
    report.findings += [f"story: {error!r}" for error in tellers.failed]
    say("all stories are told; checking")
    report.findings += calm(stack)
    for each in plants:
        each.plant(stack)
    report.findings += wrong(stack, ledger.promises)
    report.promises, report.answers_lost = ledger.promises, ledger.lost
    report.stories, report.facts = len(tellers.told), stack.facts().total()
    return report


def strike(
    stack: Whole,
    faults: Sequence[Fault],
    report: Report,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Strike with all of these, and wait until facts flow again; what takes too long is found."""
    for fault in faults:
        _patiently(partial(fault.strike, stack))
        report.faults[fault.kind] += 1
    took = _seconds_to_calm(stack)
    say(f"{', '.join(map(str, faults))}: flows again after {took:.0f} s")
    report.longest_s = max(report.longest_s, took)
    if took > CALM_S:
        report.findings.append(f"slow: {', '.join(map(str, faults))}: {took:.0f} s")


def _patiently(strike: Callable[[], None]) -> None:
    """Strike; a server that another fault has just taken away is waited for."""
    limit = time.monotonic() + 2 * CALM_S
    while True:
        try:
            return strike()
        except (KafkaError, AioKafkaError, psycopg2.OperationalError, OSError):
            if time.monotonic() > limit:
                raise
        time.sleep(LOOK_S)


def _seconds_to_calm(stack: Whole) -> float:
    """Until every part is up and no consumer is behind by more than what is just coming."""
    began = time.monotonic()
    while time.monotonic() - began < 4 * CALM_S:
        if stack.state() == "ready" and _flows(stack):
            break
        time.sleep(LOOK_S)
    return time.monotonic() - began


def _flows(stack: Whole) -> bool:
    try:
        for room in ROOMS:
            settings = stack.access.settings(room)
            with worker_database(settings) as engine:
                found = lag.lags(engine, wiring(room), settings.kafka, settings.partitions)
            if any(each.facts and each.seconds > SOON_S for each in found):
                return False
    except (Unavailable, BrokerSilent):
        return False
    return True
