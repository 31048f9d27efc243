"""额度 (the budget): how much one address is sent on a local day, by all rooms together.

The one count of all rooms stands at the key store, which they share. It has digests by a key of
ours, and forgets them after a day.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine

from shared.events.notices import NoticeChannel
from shared.personal.digest import names, phones
from shared.personal.key_database import keys_engine, keys_transaction
from shared.personal.master import Master

LONGEST_DAY = timedelta(hours=26)
"""The longest local day, with an hour to spare."""
_PURPOSE = "budget of an address"
_ONE_AT_A_TIME = 4_160_271_859_203
"""The key of an advisory lock: two rooms that send at once do not both take the last one."""


@dataclass(frozen=True, slots=True)
class NoticeTry:
    """一次发送: which try of which notice; one that is tried again has its place already."""

    number: str
    """Of the notice: that of one room is that of no other."""
    attempt: int


class Ledger(Protocol):
    """额度帐: what was sent to whom today, of all rooms."""

    def take(
        self, address: bytes, place: NoticeTry, at: datetime, *, since: datetime, most: int
    ) -> bool:
        """Whether one more may go; then it counts. Raises KeysUnavailable."""

    def give_back(self, place: NoticeTry) -> None:
        """It did not go. Raises KeysUnavailable."""


@dataclass(frozen=True, slots=True)
class Budget:
    """额度: of whoever sends for a room."""

    ledger: Ledger
    master: Master

    def take(
        self,
        channel: NoticeChannel,
        address: str,
        place: NoticeTry,
        at: datetime,
        *,
        day_began: datetime,
        most: int,
    ) -> bool:
        """Whether the address may be sent one more on this day; then it counts."""
        digest = self._digest(channel, address)
        return self.ledger.take(digest, place, at, since=day_began, most=most)

    def give_back(self, place: NoticeTry) -> None:
        """The try came to nothing: it counts no more."""
        self.ledger.give_back(place)

    def _digest(self, channel: NoticeChannel, address: str) -> bytes:
        """A number is one however it is written."""
        numbers = "" if channel is NoticeChannel.EMAIL else "/".join(sorted(phones(address)))
        plain = numbers or "".join(names(address))
        return hmac.digest(self.master.now().derive(_PURPOSE), plain.encode(), "sha256")


@dataclass(frozen=True, slots=True)
class StoredLedger:
    """额度帐: at the key store, with the table of `create_keys_schema`."""

    engine: Engine

    def take(
        self, address: bytes, place: NoticeTry, at: datetime, *, since: datetime, most: int
    ) -> bool:
        """As Ledger.take."""
        with keys_transaction(self.engine) as db:
            db.query("select pg_advisory_xact_lock(%s)", (_ONE_AT_A_TIME,))
            db.execute("delete from keys.told where at < %s", (at - LONGEST_DAY,))
            if db.query(_TAKEN, (place.number, place.attempt)):
                return True
            ((sent,),) = db.query(_SENT, (address, since))
            if sent >= most:
                return False
            db.execute(_TAKE, (place.number, place.attempt, address, at))
            return True

    def give_back(self, place: NoticeTry) -> None:
        """As Ledger.give_back."""
        with keys_transaction(self.engine) as db:
            db.execute(
                "delete from keys.told where number = %s and attempt = %s",
                (place.number, place.attempt),
            )


def stored_ledger(url: str) -> StoredLedger:
    """The ledger at KEYS_SENDER_URL. Connects at first use."""
    return StoredLedger(keys_engine(url))


_TAKEN = "select 1 from keys.told where number = %s and attempt = %s"
_SENT = "select count(*) from keys.told where address = %s and at >= %s"
_TAKE = "insert into keys.told (number, attempt, address, at) values (%s, %s, %s, %s)"
