"""验收 (the checks): by id, what must appear in the answers of a story; and who collects it."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from guiyi.plain import JsonObject
from guiyi.play.people import Person
from guiyi.play.player import Done, Watcher
from tests.world.world import World

CHECKS: Mapping[str, tuple[str, ...]] = {
    "S1.1": ("RepairReported", "not-confirmed"),
    "S1.2": ("remote-not-tried", "ReportSubmitted"),
    "S1.3": ("signature-stale",),
    "S1.4": ("self-approval", "RepairApproved", "not-approved"),
    "S1.5": ("answered", "not-an-inquiry"),
    "S2.1": ("differs-from-approved", "WorkOrderSigned", "IssueNoteReleased"),
    "S2.2": ("travel-not-approved", "TravelChangeApproved", "deviation"),
    "S2.3": ("BaseHelpAsked", "guidance-first", "BaseGuided", "BaseTechnicianSent"),
    "S2.4": ("RepairReported", "WorkOrderOpened", "CustomerSigned", "warranty_starts_on"),
    "S2.5": ("not-reconciled", "takes-his-own", "RepairClosed"),
    "S3.1": ("no-customer-signature", "PartReconciled"),
    "S3.2": ("unbalanced", "differs-from-signed"),
    "S3.3": ("old-parts", "OldPartWaived"),
    "S3.4": ("sum=0", "inside>=0"),
    "S4.1": ("ReplenishmentAsked", "figure-unexplained", "outside-the-day"),
    "S4.2": ("PurchaseAsked", "ReplenishmentLate", "LatenessApproved", "P7D"),
    "S4.3": ("ArrivalAnnounced", "ParcelOpened", "parcel-not-opened", "LossApproved"),
    "S4.4": (
        *("stocktake-open", "StocktakeApproved", "PeriodClosed", "ConsumptionReportSent"),
        "P3D",
    ),
    "S4.5": ("OldPartsListed", "OldPartJudged"),
    "S5.1": ("not-handed-in", "ClaimSubmitted"),
    "S5.2": ("voucher-twice",),
    "S5.3": ("report-out", "PaperReturned", "DossierFiled"),
    "S5.4": ("self-approval", "ClaimApproved", "ClaimPaid"),
    "S6.1": ("CallBackScheduled", "PT24H", "technician-calls"),
    "S6.2": ("papers-missing",),
    "S6.3": ("too-few-days", "CallBackEnded"),
    "S6.4": ("ReportRepeated", "repeat-repair", "ComplaintReceived"),
}
"""What each check expects: refusal codes, facts, or figures."""
ORGANISATIONS = ("S1", "S2", "S3", "S4", "S5", "S6")
"""Those whose checks are tests here."""
LATER: Mapping[str, str] = {}
"""Checks of these organisations that nothing answers yet, and why."""


class Seen(Watcher):
    """所见: the facts and refusal codes of all answers of a story."""

    def __init__(self) -> None:
        self.said: set[str] = set()

    def done(self, who: Person, done: Done) -> None:  # noqa: ARG002 - whoever did it
        """As Watcher.done."""
        self.said |= set(done.facts)

    def refused(self, who: Person, path: str, problem: JsonObject) -> None:  # noqa: ARG002
        """As Watcher.refused."""
        self.said |= {each["code"] for each in problem.get("reasons", ())}

    def heard(self, answer: httpx.Response | None) -> httpx.Response:
        """An answer to something that was asked outside the steps of the story."""
        assert answer is not None
        told = answer.json()
        if isinstance(told, dict):
            self.said |= set(told.get("facts", ()))
            self.said |= {each["code"] for each in told.get("reasons", ())}
        return answer

    def expect(self, check: str) -> None:
        """Everything that the check expects was said."""
        assert set(CHECKS[check]) <= self.said, (check, sorted(self.said))


class Hearing(World):
    """旁听: the world, and what all its answers to commands said since the story began."""

    def __init__(self) -> None:
        self.seen = Seen()
        super().__init__()

    def does(self, *asked: Any, **more: Any) -> httpx.Response:
        """As World.does."""
        return self.seen.heard(super().does(*asked, **more))


def asked_by(table: Path) -> Mapping[str, tuple[str, ...]]:
    """What a table of acceptance asks of our organisations, by the id of its check."""
    said = tomllib.loads(table.read_text("utf-8"))
    checks = [each for name in ORGANISATIONS for each in said[name]["checks"]]
    return {each["id"]: tuple(each["expect"]) for each in checks}


def differences(asked: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Where the checks here are other ones than those that are asked."""
    for check in sorted({*asked, *CHECKS}):
        if check in LATER and check not in CHECKS:
            continue
        if (ours := CHECKS.get(check)) is None:
            yield f"{check} has no test"
        elif check not in asked:
            yield f"{check} is asked by nobody"
        elif {*ours} != {*asked[check]}:
            yield f"{check} expects {', '.join(asked[check])}, not {', '.join(ours)}"
