"""验收 (the checks): by id, what must appear in the answers of a story; and who collects it."""

from collections.abc import Mapping

import httpx

from guiyi.plain import JsonObject
from guiyi.play.people import Person
from guiyi.play.player import Done, Watcher

CHECKS: Mapping[str, tuple[str, ...]] = {
    "S3.1": ("no-customer-signature", "PartReconciled"),
    "S3.2": ("unbalanced", "differs-from-signed"),
    "S3.3": ("old-parts", "OldPartWaived"),
    "S3.4": ("sum=0", "inside>=0"),
}
"""What each check expects: refusal codes, facts, or figures."""


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
        self.said |= set(told.get("facts", ()))
        self.said |= {each["code"] for each in told.get("reasons", ())}
        return answer

    def expect(self, check: str) -> None:
        """Everything that the check expects was said."""
        assert set(CHECKS[check]) <= self.said, (check, sorted(self.said))
