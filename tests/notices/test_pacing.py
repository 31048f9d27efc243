"""节奏: quiet hours by the local clock, budgets by the local day, pauses that double and end."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from shared.events.notices import NoticeKind, NoticeLanguage
from shared.notices.pacing import day_began, next_day, quiet_until, retry_at
from shared.notices.wording import link, word_of, written
from shared.policy.notices import Notices, NoticeTemplate, Wording
from tests.notices.example import COMMAND, NOW

CHINA = ZoneInfo("Asia/Shanghai")
POLICY = Notices(attempts=4, first_pause=timedelta(minutes=1), longest_pause=timedelta(minutes=3))
FAR = NOW + timedelta(days=2)
WORDS = Wording("主题 {ticket}", "正文 {link}")


def local(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


def test_pauses_double_up_to_a_bound_and_end() -> None:
    pauses = [retry_at(POLICY, tries, NOW, FAR) for tries in (1, 2, 3)]
    assert pauses == [NOW + timedelta(minutes=n) for n in (1, 2, 3)]
    assert retry_at(POLICY, 4, NOW, FAR) is None
    assert retry_at(POLICY, 1, NOW, NOW + timedelta(minutes=1)) is None, "of no use by then"


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        (local(20, 59), None),
        (local(21), local(8, day=24)),
        (local(23, 59), local(8, day=24)),
        (local(0), local(8)),
        (local(7, 59), local(8)),
        (local(8), None),
    ],
)
def test_nothing_goes_at_night(at: datetime, ends: datetime | None) -> None:
    assert quiet_until(Notices(), at.astimezone(UTC), CHINA) == ends


def test_quiet_hours_may_lie_within_a_day_or_be_none() -> None:
    noon = Notices(quiet_from=time(12), quiet_until=time(13))
    assert quiet_until(noon, local(12, 30), CHINA) == local(13)
    assert quiet_until(noon, local(13), CHINA) is None
    never = Notices(quiet_from=time(0), quiet_until=time(0))
    assert quiet_until(never, local(0), CHINA) is None


def test_a_day_is_the_local_one() -> None:
    assert next_day(local(23), CHINA) == local(0, day=24)
    assert day_began(local(0, 30), CHINA) == local(0)


def template(version: int, *branches: str) -> NoticeTemplate:
    return NoticeTemplate(NoticeKind.SURVEY_LINK, version, WORDS, WORDS, frozenset(branches))


def test_a_branch_with_words_of_its_own_has_no_others() -> None:
    policy = Notices(templates=(template(1), template(2), template(7, "HZ01")))
    kind = NoticeKind.SURVEY_LINK
    newest = {each: policy.newest(kind, each) for each in ("HZ01", "NB02")}
    assert {each: made and made.version for each, made in newest.items()} == {"HZ01": 7, "NB02": 2}
    assert policy.template(kind, 1, "NB02") == template(1)
    assert policy.template(kind, 1, "HZ01") is None
    assert policy.newest(NoticeKind.APPOINTMENT_LINK, "NB02") is None


def test_two_templates_of_one_version_and_unknown_braces_are_refused() -> None:
    with pytest.raises(ValueError, match="one version stands twice"):
        Notices(templates=(template(1), template(1)))
    for text in ("{phone}", "{link!r}", "{link:>9}", "{"):
        with pytest.raises(ValueError, match=r"unknown in braces|expected|Single"):
            Wording("主题", text)
    with pytest.raises(ValueError, match="one line"):
        Wording("主题\nBcc: x@example.org", "正文")
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"first_pause": "PT0S"}, Notices)


def test_the_word_is_the_same_for_the_same_command_and_stands_behind_the_hash() -> None:
    word = word_of(b"secret", COMMAND)
    assert word == word_of(b"secret", COMMAND) != word_of(b"another", COMMAND)
    assert link("https://service.example/visit", word) == f"https://service.example/visit#{word}"
    assert link(None, word) == word
    said = written(WORDS, {"ticket": "BX-1", "link": "L"})
    assert (said.subject, said.body) == ("主题 BX-1", "正文 L")
    english = Wording("subject", "body")
    both = NoticeTemplate(NoticeKind.SURVEY_LINK, 1, WORDS, english)
    assert [both.wording(each) for each in NoticeLanguage] == [WORDS, english]
