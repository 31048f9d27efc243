"""回访与归档 (after the repair): the customer is called, and the papers are filed as one."""

from collections.abc import Mapping
from typing import Any

from guiyi.demo.desk import Desk, Person

FOLLOW_UP = "follow_up"


class File:
    """档案: the call-back and the dossier of a ticket whose case has ended."""

    def __init__(self, desk: Desk, ticket: str, clerk: Person) -> None:
        self._desk, self._clerk = desk, clerk
        self._survey, self._dossier = f"/v1/surveys/{ticket}-H1", f"/v1/dossiers/{ticket}"

    def is_too_early(self, answers: Mapping[str, Any]) -> None:
        """Neither asked in half nor filed without the fourth paper."""
        desk, clerk = self._desk, self._clerk
        desk.waits(clerk, "followup", self._survey, lambda found: found)
        half = {**answers, "answers": answers["answers"][1:]}
        path = f"{self._survey}/answers"
        desk.is_refused(clerk, "followup", path, half, "questions-unanswered")
        desk.waits(clerk, "followup", self._dossier, _lacks_the_call_alone)
        path = f"{self._dossier}/filings"
        desk.is_refused(clerk, "followup", path, {}, "papers-missing")

    def called_back(self, answers: Mapping[str, Any]) -> None:
        """回访: by somebody who did not do the job."""
        self._desk.waits(self._clerk, "followup", self._survey, lambda found: found)
        self._desk.does(self._clerk, "followup", f"{self._survey}/answers", answers)

    def filed(self) -> None:
        """归档: as soon as every paper has come."""
        self._desk.waits(
            self._clerk, "followup", self._dossier, lambda found: found["stage"] == "complete"
        )
        self._desk.does(self._clerk, "followup", f"{self._dossier}/filings", {})


def _lacks_the_call_alone(found: Any) -> bool:
    return [each["kind"] for each in found["missing"]] == [FOLLOW_UP]
