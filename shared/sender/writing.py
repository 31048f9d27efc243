"""成文 (writing): the message of a notice, from its template, its word and its address."""

import hashlib
import hmac
from datetime import datetime

from shared.events.notices import NoticeAsked
from shared.notices.outbox import Row
from shared.notices.wording import WORDS, link, word_of, written
from shared.personal.keys import KeyDestroyed, KeyNeverMade, Keys
from shared.personal.seal import SealBroken, unseal
from shared.policy import Core
from shared.sender.message import Outgoing


class Unwritten(Exception):
    """Nothing can be sent of this notice, whoever tries: the code says why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def outgoing(row: Row, asked: NoticeAsked, core: Core, keys: Keys, now: datetime) -> Outgoing:
    """The message as it goes out now. Raises Unwritten, KeysUnavailable."""
    template = core.notices.template(asked.kind, asked.template, row.branch)
    if template is None:
        raise Unwritten("template-missing")
    until = asked.until.astimezone(core.calendar_of(row.branch).zone)
    places = {
        "about": asked.about,
        "branch": row.branch,
        "ticket": row.ticket or "",
        "until": f"{until:%Y-%m-%d %H:%M}",
        "link": _link(row, asked, core, keys),
    }
    text = written(template.wording(asked.language), places)
    return Outgoing(
        number=row.number,
        channel=asked.channel,
        kind=asked.kind,
        language=asked.language,
        about=asked.about,
        ticket=row.ticket,
        branch=row.branch,
        to=opened(asked, keys),
        subject=text.subject,
        body=text.body,
        asked_at=row.asked_at,
        at=now,
    )


def opened(asked: NoticeAsked, keys: Keys) -> str:
    """The address or number. Raises Unwritten, KeysUnavailable."""
    assert not isinstance(asked.to, str), "facts hold sealed texts alone"
    try:
        return unseal(asked.to, keys)
    except KeyDestroyed:
        raise Unwritten("erased") from None
    except (KeyNeverMade, SealBroken):
        raise Unwritten("address-lost") from None


def _link(row: Row, asked: NoticeAsked, core: Core, keys: Keys) -> str:
    """The link with its word, which follows from its command by a present or a former secret."""
    if asked.word is None:
        return ""
    for key in keys.master.now().all:
        word = word_of(key.derive(WORDS), row.command)
        if hmac.compare_digest(hashlib.sha256(word.encode()).hexdigest(), asked.word):
            return link(core.notices.pages.get(asked.kind), word)
    raise Unwritten("word-lost")
