"""要发的通知 (wanted notices): what a step asks for when somebody is to be told of its paper.

It is written together with the paper that it is about, so what is owed to somebody and the reason
for it are recorded both or not at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.decider import Asked, Fact, Series, reason, refuse_if, too_many
from shared.events.notices import NoticeAsked, NoticeChannel, NoticeKind, NoticeLanguage
from shared.events.values import EmailAddress, Personal

MOST = 20
"""So many notices of one paper at most: whoever makes more links than that makes a mistake."""
MOST_OF_PEOPLE = 200
"""So many notices of one paper at most to those of us who are told by themselves."""


@dataclass(frozen=True, slots=True)
class Telling:
    """告知方式: by which way it is sent to the customer, if at all."""

    tell: NoticeChannel | None = None
    """None: whoever asks passes it on. By e-mail: to `email`; otherwise to their phone."""
    email: EmailAddress | None = None
    """None: by e-mail, to the address on their card."""


@dataclass(frozen=True, slots=True)
class NoticeWanted:
    """通知: who is to be told, as what policy has for it; a step carries it to its rule."""

    kind: NoticeKind
    channel: NoticeChannel
    language: NoticeLanguage
    to: Personal | None = None
    """None: nobody knows where they are reached by this way."""
    template: int | None = None
    """None: by policy nothing is sent by this way."""


@dataclass(frozen=True, slots=True)
class ToPeople:
    """通知我方: what our own people are sent, as what policy has for it; a step carries it too."""

    kind: NoticeKind
    channels: tuple[NoticeChannel, ...]
    """Those that are open; each of us is sent it by the first for which their card says where."""
    language: NoticeLanguage
    template: int

    def to(self, phone: Personal | None, email: Personal | None) -> NoticeWanted | None:
        """For somebody who is reached there; None: by no way that is open."""
        for channel in self.channels:
            if where := email if channel is NoticeChannel.EMAIL else phone:
                return NoticeWanted(self.kind, channel, self.language, where, self.template)
        return None


def series_of(about: str) -> Series:
    """All notices of a paper."""
    return Series(f"notice-{about}-N")


def ask(
    asked: Asked, about: str, wanted: NoticeWanted | None, until: datetime, word: str | None
) -> Iterable[tuple[str, Fact]]:
    """通知待发: for the rule of the paper that it is about, whose row reads `series_of` it."""
    if wanted is None:
        return
    prefix, count = _asked_before(asked, about)
    refuse_if(
        (wanted.template is None, reason("channel-closed", channel=wanted.channel)),
        (wanted.to is None, reason("address-missing", channel=wanted.channel)),
        too_many("notices", count + 1, MOST),
    )
    yield f"{prefix}{count + 1}", _stated(about, wanted, until, word)


def ask_each(
    asked: Asked,
    about: str,
    wanted: Sequence[NoticeWanted],
    until: datetime,
    under: str | None = None,
) -> Iterator[tuple[str, Fact]]:
    """通知待发: each of these, as far as so many may be; nothing is refused.

    For a rule that tells our own people of what has happened, whose row reads `series_of` it.
    `under`: whose series it is, if not that of the paper.
    """
    if not wanted:
        return
    prefix, count = _asked_before(asked, under or about)
    fit = wanted[: max(MOST_OF_PEOPLE - count, 0)]
    for n, each in enumerate(fit, start=count + 1):
        yield f"{prefix}{n}", _stated(about, each, until, None)


def _asked_before(asked: Asked, about: str) -> tuple[str, int]:
    """How the streams of a paper's notices begin, and how many there are."""
    prefix = series_of(about).prefix
    return prefix, len(asked.read_series(prefix))


def _stated(about: str, wanted: NoticeWanted, until: datetime, word: str | None) -> NoticeAsked:
    assert wanted.template is not None
    assert wanted.to is not None
    return NoticeAsked(
        about=about,
        kind=wanted.kind,
        template=wanted.template,
        language=wanted.language,
        channel=wanted.channel,
        to=wanted.to,
        until=until,
        word=word,
    )
