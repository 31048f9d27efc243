"""结局 (the end): what became of every ticket and every part: compared, shown and rebuilt."""

from guiyi.access import Access
from guiyi.demo.balance import balanced, columns
from guiyi.demo.month import COLUMNS, Month, by_part, proved
from guiyi.demo.proof import Gauges
from guiyi.demo.screen import Screen
from guiyi.demo.tickets import Told, filed_of, history_of, legacy_history_of, state_of
from guiyi.history import print_history
from guiyi.plain import JsonObject
from guiyi.play.player import NotSo
from guiyi.speech import say

REBUILT = (
    ("intake", "tickets"),
    ("intake", "open_reports"),
    ("intake", "tasks"),
    ("intake", "clock_runs"),
    ("intake", "case_times"),
    ("dispatch", "board"),
    ("dispatch", "unplanned"),
    ("dispatch", "tasks"),
    ("dispatch", "clock_runs"),
    ("dispatch", "order_clocks"),
    ("dispatch", "case_work"),
    ("inventory", "stock"),
    ("inventory", "tasks"),
    ("followup", "dossiers"),
    ("followup", "surveys"),
    ("followup", "tasks"),
    ("followup", "clock_runs"),
    ("followup", "lent_clocks"),
)
CLOSED = "closed"


class Ending:
    """结局: looked up in the rooms and shown on the screen."""

    def __init__(self, access: Access, gauges: Gauges, screen: Screen) -> None:
        self._access, self._gauges, self._screen = access, gauges, screen

    def ticket(self, story: str, ticket: str, expected: str) -> Told:
        """A story's ticket. Its history must be what was accepted, and its state and dossier right.

        Raises NotSo.
        """
        steps = history_of(self._access, ticket, self._screen.accepted[ticket])
        state = state_of(self._access, ticket)
        if state != expected:
            raise NotSo(say("demo.state_differs", ticket=ticket, state=state, not_=expected))
        filed = filed_of(self._access, ticket)
        if (filed is None) is (state == CLOSED):
            raise NotSo(say("demo.not_filed", ticket=ticket))
        filed_papers = filed["papers"] if filed else []
        papers = [{name: each[name] for name in ("kind", "number")} for each in filed_papers]
        return Told(ticket, story, state, len(steps), papers)

    def histories(self, ticket: str, legacy: str | None) -> None:
        """The history of one new ticket, and of the legacy ticket that was continued."""
        console = self._screen.console
        steps = history_of(self._access, ticket, self._screen.accepted[ticket])
        self._screen.step("demo.history", ticket=ticket)
        print_history(ticket, steps, console)
        if legacy is not None:
            self._screen.step("demo.legacy_history", ticket=legacy)
            steps, lives_on = legacy_history_of(self._access, legacy)
            print_history(legacy, steps, console)
            self._screen.note("demo.lives_on", ticket=lives_on)

    def dossier(self, ticket: str) -> None:
        """The filed dossier of a ticket, paper by paper."""
        filed = filed_of(self._access, ticket)
        assert filed is not None
        self._screen.step("demo.dossier", ticket=ticket)
        self._screen.papers(filed["papers"])
        told = {"by": filed["filed_by"], "digest": filed["digest"]}
        self._screen.note("demo.digest", n=len(filed["papers"]), **told)

    def warranty(self, said: JsonObject) -> dict[str, str]:
        """From when and until when the machine that was commissioned is covered. Raises NotSo."""
        number = said["report"]["equipment"]["machine"]
        card = self._access.get("intake", f"/v1/machines/{number}", self._access.token())
        covered = {name: card[name] for name in ("warranty_starts_on", "warranty_until")}
        if None in covered.values():
            raise NotSo(say("demo.no_warranty", machine=number))
        self._screen.note("demo.covered", machine=number, **covered)
        return covered

    def balance(self) -> bool:
        """Every part's accounts, which add up. Raises NotSo."""
        parts = balanced(self._access, self._gauges)
        self._screen.step("demo.balance")
        self._screen.accounts(parts, columns(parts))
        return True

    def month(self, store: str, period: str) -> Month:
        """The month that was closed: its figures, which agree to the piece and the fen.

        Raises NotSo.
        """
        found, report = proved(self._access, self._gauges, store, period)
        self._screen.step("demo.month_report", report=found.report, due=found.due_on)
        self._screen.figures(by_part(report), COLUMNS)
        self._screen.note("demo.month_agrees", pieces=f"{found.pieces:,}", fen=f"{found.fen:,}")
        return found

    def rebuild(self) -> bool:
        """Views of every room, built again beside the live ones and found equal. Raises NotSo."""
        self._screen.step("demo.rebuilding")
        equal = True
        for room, view in REBUILT:
            made = self._gauges.rebuilt(room, view)
            sound = made.equal and not made.not_compared
            equal = equal and sound
            told = {"room": room, "view": view, "seconds": f"{made.seconds:.1f}"}
            counts = {"facts": f"{made.facts:,}", "rows": f"{made.rows:,}"}
            self._screen.note("demo.equal" if sound else "demo.unequal", **told, **counts)
        if not equal:
            raise NotSo(say("demo.rebuilt_differs"))
        return equal
