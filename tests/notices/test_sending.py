"""发送 as stories: sent once, later, not at night, not too often, again after a death, or never."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest

from guiyi.demo.post import smtp_server
from shared.events.notices import NoticeChannel, NoticeFailed, NoticeKind, NoticeSent, NoticeStage
from shared.personal.master import MasterKey
from shared.record.store import Unavailable
from shared.sender.mail import Mail, MailSecurity
from shared.sender.message import NotTaken, Outgoing, Way
from shared.sender.webhook import Webhook, key_of_secret
from tests.notices.example import ABOUT, NOW, NUMBER, UNTIL
from tests.notices.office import Office
from tests.notices.receivers import Hook, Mailbox, http_server, status
from tests.notices.test_webhook import SECRET

CHINA = ZoneInfo("Asia/Shanghai")
SECOND = f"{ABOUT}-N2"
TIRED = NotTaken("http-503")


@dataclass
class Kept:
    """A way that keeps what it is given, after what it is told to raise."""

    errors: list[Exception] = field(default_factory=list)
    taken: list[Outgoing] = field(default_factory=list)

    def send(self, message: Outgoing) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(message)


def office(*errors: Exception) -> tuple[Office, Kept]:
    way = Kept(list(errors))
    return Office({NoticeChannel.SMS: way, NoticeChannel.EMAIL: way}), way


def local(hour: int, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=CHINA)


class TestOnce:
    def test_what_is_due_is_sent_once(self) -> None:
        made, way = office()
        made.ask()
        assert [made.sending.send_due() for _ in range(3)] == [1, 0, 0]
        (message,) = way.taken
        assert (message.to, message.number) == ("13800001234", NUMBER)
        assert "2026-11-24 14:00" in message.body
        assert made.facts()[1:] == [NoticeSent(1)]

    def test_its_word_opens_what_the_link_opens_though_keys_were_exchanged(self) -> None:
        made, way = office()
        made.ask()
        former = made.keys.master.now()
        made.keys.master = MasterKey(b"n" * 32, (former,))
        made.sending.send_due()
        assert made.stage() is NoticeStage.SENT
        assert len(way.taken[0].body.split("：")[-1]) > len("256 bits")

    def test_a_view_that_lags_or_is_built_again_sends_nothing_twice(self) -> None:
        made, way = office()
        made.ask()
        made.lagging = made.rows()
        assert [made.sending.send_due() for _ in range(2)] == [1, 0]
        assert made.begun().send_due() == 0, "a process that has just begun"
        made.lagging = None
        assert made.begun().send_due() == 0
        assert len(way.taken) == 1

    def test_a_record_that_was_not_compared_with_its_journal_sends_nothing(self) -> None:
        made, way = office()
        made.ask()
        made.record.gate_open = False
        assert made.begun().send_due() == 0
        assert not way.taken
        made.record.gate_open = True
        assert made.sending.send_due() == 1

    def test_who_dies_between_sending_and_noting_sends_it_again_with_the_same_id(self) -> None:
        made, way = office()
        made.ask()
        with dies_before_noting(made), pytest.raises(Unavailable):
            made.sending.send_due()
        assert (made.stage(), len(way.taken)) == (NoticeStage.WAITING, 1)
        assert made.begun().send_due() == 1
        first, second = way.taken
        assert first.number == second.number
        assert made.facts()[1:] == [NoticeSent(1)]


@contextmanager
def dies_before_noting(made: Office) -> Iterator[None]:
    record = made.record

    def away(_: object) -> None:
        raise Unavailable("the database is away")

    record.append = away  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        del record.append


class TestLater:
    def test_it_is_tried_again_with_longer_pauses_until_it_is_dead(self) -> None:
        made, way = office(*[TIRED] * 99)
        made.ask(until=NOW + timedelta(days=30))
        made.policy = msgspec.structs.replace(made.policy, attempts=3)
        tried = []
        for minutes in range(10):
            made.record.today = NOW + timedelta(minutes=minutes)
            tried += [minutes] * made.sending.send_due()
        assert tried == [0, 1, 3]
        failed = [each for each in made.facts() if isinstance(each, NoticeFailed)]
        assert [each.attempt for each in failed] == [1, 2, 3]
        assert failed[-1].retry_at is None
        assert made.stage() is NoticeStage.DEAD
        assert not way.taken
        way.errors.clear()
        made.ask_again()
        assert made.sending.send_due() == 1
        assert made.facts()[-1] == NoticeSent(4)

    def test_who_asks_to_be_left_alone_is_asked_no_sooner(self) -> None:
        made, _ = office(NotTaken("http-429", after=timedelta(hours=1)))
        made.ask()
        made.sending.send_due()
        assert made.facts()[-1] == NoticeFailed(1, "http-429", NOW + timedelta(hours=1))

    def test_what_is_refused_for_good_is_dead_at_once(self) -> None:
        made, _ = office(NotTaken("smtp-550", final=True))
        made.ask()
        made.sending.send_due()
        assert made.facts()[-1] == NoticeFailed(1, "smtp-550", None)

    def test_what_is_of_no_use_any_more_is_not_sent(self) -> None:
        made, way = office()
        made.ask()
        made.record.today = UNTIL
        made.sending.send_due()
        assert made.facts()[-1] == NoticeFailed(1, "expired", None)
        assert not way.taken


class TestRest:
    def test_nobody_is_woken_at_night(self) -> None:
        made, way = office()
        made.record.today = local(22)
        made.ask()
        assert made.sending.send_due() == 0
        made.record.today = local(7, day=24)
        assert made.sending.send_due() == 0
        made.record.today = local(8, day=24)
        assert made.sending.send_due() == 1
        assert len(way.taken) == 1

    def test_a_code_is_wanted_now_at_any_hour(self) -> None:
        made, way = office()
        made.record.today = local(22)
        digits = made.ask_for_code()
        assert made.sending.send_due() == 1
        assert digits in way.taken[0].body
        assert digits not in f"{made.facts()} {made.rows()}"

    def test_an_emergency_does_not_wait_for_the_morning(self) -> None:
        made, way = office()
        made.record.today = local(22)
        number = made.ask_of_us(NoticeKind.COMPLAINT_EMERGENCY)
        assert made.sending.send_due() == 1
        (sent,) = way.taken
        assert (sent.number, sent.about in sent.body) == (number, True)
        assert made.begun().send_due() == 0

    def test_a_reminder_waits_for_the_morning_and_says_the_number_of_the_paper(self) -> None:
        made, way = office()
        made.record.today = local(22)
        number = made.ask_of_us(NoticeKind.REMINDER)
        assert made.sending.send_due() == 0
        made.record.today = local(8, day=24)
        assert made.sending.send_due() == 1
        (sent,) = way.taken
        assert (sent.number, sent.about in sent.body) == (number, True)

    def test_one_address_is_sent_so_much_a_day_whatever_its_papers(self) -> None:
        made, way = office()
        made.policy = msgspec.structs.replace(made.policy, per_day=1)
        made.ask(NUMBER)
        made.ask(SECOND, "138 0000 1234")
        made.ask(f"{ABOUT}-N3", "13911112222")
        assert made.sending.send_due() == 2
        assert [made.stage(each) for each in (NUMBER, SECOND)] == ["sent", "waiting"]
        assert made.begun().send_due() == 0, "a process that has just begun has counted too"
        made.record.today = local(9, day=24)
        assert made.sending.send_due() == 1
        assert len(way.taken) == 3

    def test_the_budget_is_one_over_all_rooms(self) -> None:
        one, way = office()
        other = Office(one.ways, ledger=one.ledger, keys=one.keys)
        for made in (one, other):
            made.policy = msgspec.structs.replace(made.policy, per_day=1)
        one.ask(NUMBER)
        other.ask(SECOND, "+86 138-0000-1234")
        assert [made.sending.send_due() for made in (one, other)] == [1, 0]
        other.record.today = local(9, day=24)
        assert other.sending.send_due() == 1
        assert len(way.taken) == 2

    def test_a_try_that_came_to_nothing_costs_nothing(self) -> None:
        made, way = office(TIRED)
        made.policy = msgspec.structs.replace(made.policy, per_day=1)
        made.ask(NUMBER)
        made.ask(SECOND)
        assert made.sending.send_due() == 2
        assert [each.number for each in way.taken] == [SECOND]
        made.record.today = NOW + timedelta(minutes=1)
        assert made.sending.send_due() == 0, "the other one was sent instead"

    def test_one_that_was_sent_and_not_noted_counts_once(self) -> None:
        made, _ = office()
        made.policy = msgspec.structs.replace(made.policy, per_day=1)
        made.ask()
        with dies_before_noting(made), pytest.raises(Unavailable):
            made.sending.send_due()
        assert made.begun().send_due() == 1
        assert len(made.ledger.told) == 1
        digests = [address for _, address in made.ledger.told.values()]
        assert b"13800001234" not in b"".join(digests)

    def test_a_way_without_a_gateway_waits_until_it_is_of_no_use(self) -> None:
        made = Office({})
        made.ask()
        assert made.sending.send_due() == 0
        made.record.today = UNTIL
        made.sending.send_due()
        assert made.facts()[-1] == NoticeFailed(1, "expired", None)


class TestNever:
    def test_whoever_was_erased_is_not_written_to(self) -> None:
        made, way = office()
        made.ask()
        made.keys.destroy("customer-C-1")
        made.sending.send_due()
        assert made.facts()[-1] == NoticeFailed(1, "erased", None)
        assert not way.taken

    def test_without_its_template_or_its_word_nothing_goes(self) -> None:
        made, way = office()
        made.ask(NUMBER, template=99)
        made.ask(SECOND, word="b" * 64)
        made.sending.send_due()
        assert made.facts(NUMBER)[-1] == NoticeFailed(1, "template-missing", None)
        assert made.facts(SECOND)[-1] == NoticeFailed(1, "word-lost", None)
        assert not way.taken

    def test_logs_and_facts_show_no_address_and_no_text(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made, way = office(TIRED)
        made.ask()
        made.sending.send_due()
        made.record.today = NOW + timedelta(minutes=1)
        made.sending.send_due()
        (message,) = way.taken
        shown = f"{capsys.readouterr()} {made.facts()} {made.rows()} {message!r}"
        assert message.to not in shown
        assert message.body.split("：")[-1].split()[0] not in shown


def test_a_real_server_for_each_way_and_one_that_changes_its_mind() -> None:
    hook = Hook([status(500), status(204)])
    with smtp_server(box := Mailbox()) as port, http_server(hook) as url:
        mail = Mail("127.0.0.1", port, "归一 <service@guiyi.example>", MailSecurity.NONE)
        ways: dict[NoticeChannel, Way] = {
            NoticeChannel.EMAIL: mail,
            NoticeChannel.SMS: Webhook(url, key_of_secret(SECRET)),
        }
        made = Office(ways)
        made.ask(NUMBER, "zhang@example.org", channel=NoticeChannel.EMAIL)
        made.ask(SECOND)
        made.sending.send_due()
        made.record.today = NOW + timedelta(minutes=1)
        made.sending.send_due()
    assert [each["To"] for each in box.letters] == ["zhang@example.org"]
    ids = [hook.headers(n)["webhook-id"] for n in range(len(hook.requests))]
    assert ids == [SECOND, SECOND]
    assert all(first == second for first, second in pairwise([hook.body(0), hook.body(1)]))
    assert [made.stage(each) for each in (NUMBER, SECOND)] == ["sent", "sent"]
