"""年份 (years): those for which the calendars of the policy know no make-up working days."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from guiyi.stack.status import UnpublishedYear
from shared.policy import CORE, Core
from shared.policy.source import PolicyBroken, read
from shared.policy.watch import unpublished


def years_unpublished(environ: Mapping[str, str], day: date | None = None) -> list[UnpublishedYear]:
    """By the policy that the environment names. A broken policy is named by each part itself."""
    folder = Path(environ.get("POLICY_DIR", "deploy/policies"))
    try:
        core = read(folder / CORE, Core)
    except PolicyBroken:
        return []
    found = unpublished(core, day or datetime.now(UTC).date())
    return [{"country": country.value, "year": year} for country, year in found]
