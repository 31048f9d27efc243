"""重复报修 (duplicates): open reports of the same machine, serial number or phone are pointed out.

What the views know comes in with the command. They know a moment later what was registered, so the
record itself is asked for two things more: the newest reports of the branch's day, and what was
begun on the same matter within an hour, in whichever branch. Whoever takes a number, or meets by a
word, has it alone until their report is written: of two in the same second, the second one reads
the first.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.intake.report.state import Report
from shared.alike import alike
from shared.decider import Asked
from shared.events.meaning import LookUpKind
from shared.events.report_form import Equipment, Stage
from shared.events.same_machine import is_same_machine
from shared.events.values import Phone, Role, Warned
from shared.step import Matter

NEAR = 20
"""How many numbers before its own a new report looks at, as they are by now."""
MACHINE, SERIAL, CALLED = "machine", "serial", LookUpKind.PHONE.value
"""By what two reports are about the same matter."""


@dataclass(frozen=True, slots=True)
class OpenReports:
    """在办同类: open reports that the views know, by what they have in common with the new one."""

    of_machine: tuple[str, ...] = ()
    """The tickets of the branch about the same machine, by its number or its serial number."""
    of_phone: tuple[str, ...] = ()
    elsewhere: bool = False
    """Whether other branches have some. Nothing else is said of those."""
    is_warned_of: bool = True
    """Whether policy wants it said at all."""


def known(
    of_machine: Mapping[str, str], of_phone: Mapping[str, str], branch: str, *, is_warned_of: bool
) -> OpenReports:
    """在办同类: from the open reports that may be the same, by ticket, each with its branch.

    Their numbers are said at the branch of the new one. Of others it is said that there are some.
    """
    return OpenReports(
        of_machine=tuple(sorted(t for t, where in of_machine.items() if where == branch)),
        of_phone=tuple(sorted(t for t, where in of_phone.items() if where == branch)),
        elsewhere=any(where != branch for where in {**of_phone, **of_machine}.values()),
        is_warned_of=is_warned_of,
    )


def matter(stream: str, equipment: Equipment, phone: Phone | None) -> Matter:
    """同一事项: by the number of the machine, by serial number and model, by the phone."""
    model, serial = alike(equipment.model or ""), alike(equipment.serial_no or "")
    words = {
        MACHINE: equipment.machine,
        SERIAL: f"{model} {serial}" if model and serial else None,
        CALLED: phone if isinstance(phone, str) else None,
    }
    return Matter(stream, {kind: word for kind, word in words.items() if word})


def reads_others(asked: Asked) -> tuple[str, ...]:
    """The reports with the numbers just before, and those that were begun on the same matter."""
    met = (stream for streams in asked.met.values() for stream in streams)
    return tuple(dict.fromkeys((*reads_near(asked), *met)))


def reads_near(asked: Asked) -> tuple[str, ...]:
    """The reports with the numbers just before the one that is taken."""
    day, _, n = (asked.ticket or "").rpartition("-")
    if not n.isdecimal():
        return ()
    last = int(n)
    numbers = range(max(1, last - NEAR), last)
    return tuple(f"report-{day}-{number:0{len(n)}}" for number in numbers)


def warnings(
    views: OpenReports, equipment: Equipment, phone: Phone | None, asked: Asked
) -> tuple[Warned, ...]:
    """重复报修提醒: what the views know, and what was registered just now."""
    if not views.is_warned_of:
        return ()
    near = _open(reads_near(asked), asked)
    machine = {t for t, each in near.items() if is_same_machine(each.equipment, equipment)}
    called = {t for t, each in near.items() if phone and each.contact_phone == phone}
    met = _met(asked)
    machine.update(views.of_machine, met.of_machine)
    called.update(views.of_phone, met.of_phone)
    return tuple(_told(machine, called, elsewhere=views.elsewhere or met.elsewhere))


def is_open(report: Report) -> bool:
    """Whether it was registered and has not ended."""
    return report.stage not in (Stage.NONE, Stage.CLOSED)


def _told(machine: set[str], called: set[str], *, elsewhere: bool) -> Iterator[Warned]:
    if machine:
        yield Warned("open-report-on-same-machine", tuple(sorted(machine)))
    if alone := called - machine:
        yield Warned("open-report-of-same-phone", tuple(sorted(alone)))
    if elsewhere:
        yield Warned("open-report-elsewhere", ())


def _met(asked: Asked) -> OpenReports:
    """What was begun on the same matter just now, in whichever branch."""

    def of(*kinds: str) -> Mapping[str, str]:
        streams = [stream for kind in kinds for stream in asked.met.get(kind, ())]
        return {ticket: each.branch for ticket, each in _open(streams, asked).items()}

    return known(of(MACHINE, SERIAL), of(CALLED), asked.branch, is_warned_of=True)


def _open(streams: Iterable[str], asked: Asked) -> Mapping[str, Report]:
    """The open ones of them, by ticket; customers learn only of their own."""
    read = {stream: asked.read(stream) for stream in streams}
    is_customer = Role.CUSTOMER in asked.roles
    return {
        stream.removeprefix("report-"): report
        for stream, report in read.items()
        if is_open(report) and not (is_customer and report.basics.customer != asked.actor)
    }
