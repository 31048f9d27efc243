"""催办的故事 (stories of urging): the same on every paper, told with the papers of each room."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.decider import Asked, Decider, Fact
from shared.events.order_sheet import Standing
from shared.events.urging import PaperUrged
from shared.events.values import Role
from shared.urging import UrgePaper
from tests.spec import given

WHY = "用户停产等修"
PAUSE = timedelta(hours=4)


@dataclass(frozen=True)
class Waiting:
    """在等: a paper as it stands, who urges there, and who takes the step that it waits for."""

    paper: Decider
    past: Sequence[Fact]
    asked: Asked
    step: str
    role: Role
    whom: str = "X-AWAITED"
    branch: str | None = None
    """Where that person works, if not at the branch of whoever urges."""
    of: str | None = None
    """Which of several things that wait on the paper."""

    def urge(self, because: str = WHY) -> UrgePaper:
        """The command, to somebody who takes the step."""
        branch = self.branch or self.asked.branch
        fit = Standing(self.whom, known=True, active=True, roles=(self.role,), branches=(branch,))
        return UrgePaper(because, fit, self.asked.recorded_at + PAUSE, self.of)

    def urged(self, because: str = WHY) -> PaperUrged:
        """What it makes true."""
        again_at = self.asked.recorded_at + PAUSE
        return PaperUrged(self.asked.actor, self.whom, self.step, because, again_at, self.of)

    def told(self) -> None:
        """Once, by name and in their words; then not before the time of policy is over."""
        given(self.paper, *self.past).when(self.urge(), self.asked).then(self.urged())
        after = given(self.paper, *self.past, self.urged())
        after.when(self.urge(), self.asked).then()
        after.when(self.urge("又来电"), self.asked).refused("urged-already")
        later = replace(self.asked, at=self.asked.at + PAUSE, now=None)
        then = replace(self, asked=later)
        after.when(then.urge(), later).then(then.urged())

    def refused(self) -> None:
        """Nobody is urged who does not take the step there."""
        fit = self.urge().urged
        for unfit in (
            replace(fit, roles=(Role.AUDITOR,)),
            replace(fit, branches=("ZZ99",)),
            replace(fit, active=False),
            Standing(self.whom, known=False),
        ):
            command = replace(self.urge(), urged=unfit)
            given(self.paper, *self.past).when(command, self.asked).refused("not-awaited")

    def over(self, *end: Fact) -> None:
        """Where nothing is waited for there is nobody to urge."""
        told = given(self.paper, *self.past, *end).when(self.urge(), self.asked)
        told.refused("nothing-awaited")

    def nobody_else(self) -> None:
        """Where one person alone takes the step, only they are urged."""
        other = replace(self.urge().urged, person="X-ANOTHER")
        command = replace(self.urge(), urged=other)
        given(self.paper, *self.past).when(command, self.asked).refused("not-awaited")
