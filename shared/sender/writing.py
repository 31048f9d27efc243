"""成文 (writing): the message of a notice, from its template, its word and its address."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from shared.events.notices import NoticeAsked, NoticeKind
from shared.notices.outbox import Row
from shared.notices.wording import CODES, WORDS, digest_of, digits_of, link, word_of, written
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
        **_carried(row, asked, core, keys),
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


def _carried(row: Row, asked: NoticeAsked, core: Core, keys: Keys) -> Mapping[str, str]:
    """The link with its word, or the code, which follow from the command by a secret of ours."""
    if asked.word is None:
        return {"link": "", "code": ""}
    for key in keys.master.now().all:
        word = word_of(key.derive(WORDS), row.command)
        if asked.kind is NoticeKind.SIGNING_CODE:
            digits = digits_of(word)
            if _is(digest_of(key.derive(CODES), asked.about, digits), asked.word):
                return {"link": "", "code": digits}
        elif _is(hashlib.sha256(word.encode()).hexdigest(), asked.word):
            return {"link": link(core.notices.pages.get(asked.kind), word), "code": ""}
    raise Unwritten("word-lost")


def _is(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)
