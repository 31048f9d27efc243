"""The status names the years for which no make-up working days are published."""

import shutil
from datetime import date
from pathlib import Path

from guiyi.speech import both
from guiyi.stack.years import years_unpublished
from shared.policy import CORE
from shared.policy.public_days import Country, public_days
from tests.shared.http_desk import POLICIES

NEXT = next(year for year in range(2027, 2100) if not public_days(Country.CN, year).is_published)


def test_a_year_that_nobody_has_published_is_named_in_both_languages() -> None:
    environ = {"POLICY_DIR": str(POLICIES)}
    (found,) = years_unpublished(environ, date(NEXT - 1, 12, 1))
    assert found == {"country": "CN", "year": NEXT}
    said = both("status.unpublished", **found)
    assert all(f"{NEXT}" in said[each] for each in ("zh", "en"))
    assert years_unpublished(environ, date(NEXT - 1, 1, 5)) == []


def test_a_policy_that_cannot_be_read_is_left_to_its_parts(tmp_path: Path) -> None:
    environ = {"POLICY_DIR": str(tmp_path)}
    assert years_unpublished(environ) == []
    shutil.copy(POLICIES / CORE, tmp_path)
    assert years_unpublished(environ, date(NEXT, 6, 1)) == [{"country": "CN", "year": NEXT}]
