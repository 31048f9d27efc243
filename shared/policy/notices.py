"""通知政策 (the policy of notices): by which ways people are told, how often, when, in which words.

A template never changes: other words are another version. A branch may have words of its own.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from string import Formatter
from typing import Annotated

import msgspec
from msgspec import Meta

from shared.events.notices import NoticeChannel, NoticeKind, NoticeLanguage
from shared.events.values import CardBranch, covers
from shared.policy.source import Unfit

PLACES = frozenset({"about", "branch", "code", "link", "ticket", "until"})
"""What may stand in braces in a template."""
LONGEST_TRY = timedelta(days=1)


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """文字: one template in one language."""

    subject: Annotated[str, Meta(min_length=1, max_length=200)]
    body: Annotated[str, Meta(min_length=1, max_length=2000)]

    def __post_init__(self) -> None:
        for name in ("subject", "body"):
            if wrong := _wrong_places(getattr(self, name)):
                raise Unfit(name, wrong)
        if not self.subject.isprintable():
            raise Unfit("subject", "one line")


class NoticeTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """通知模板: the words of one kind of notice, by its version."""

    kind: NoticeKind
    version: Annotated[int, Meta(ge=1)]
    zh: Wording
    en: Wording
    branches: frozenset[str] = frozenset()
    """Whose words they are; none named: of all that have none of their own."""

    def wording(self, language: NoticeLanguage) -> Wording:
        """In this language."""
        return self.zh if language is NoticeLanguage.ZH else self.en


class Notices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """通知: which ways are open, and what the notices say."""

    reminding: frozenset[CardBranch] = frozenset()
    """Whose people are sent it when they are reminded of a paper; `*`: those of all branches."""
    announcing: frozenset[CardBranch] = frozenset()
    """Of whose parcels technician and customer are sent a notice, and of whose moved visits the
    customer is; `*`: those of all branches."""
    templates: Annotated[tuple[NoticeTemplate, ...], Meta(max_length=200)] = ()
    channels: frozenset[NoticeChannel] = frozenset()
    """By which ways customers are told; none named: by none."""
    language: NoticeLanguage = NoticeLanguage.ZH
    languages: Mapping[str, NoticeLanguage] = {}
    """Of branches that write in another one."""
    pages: Mapping[NoticeKind, Annotated[str, Meta(pattern=r"^https?://[^\s#]{1,200}$")]] = {}
    """The page that a link opens; the word stands behind its `#`."""
    per_day: Annotated[int, Meta(ge=1, le=1000)] = 5
    """So many one address is sent on one local day at most; the rest waits for the next."""
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    """Nothing is sent in these hours, by the clock of the calendar; both the same: at any hour."""
    attempts: Annotated[int, Meta(ge=1, le=50)] = 8
    """After so many tries it is dead."""
    first_pause: timedelta = timedelta(minutes=1)
    """From the first try to the second; twice as long after each further one."""
    longest_pause: timedelta = timedelta(hours=4)

    def __post_init__(self) -> None:
        seen = [(t.kind, t.version, b) for t in self.templates for b in (t.branches or {""})]
        if len(set(seen)) < len(seen):
            raise Unfit("templates", "one version stands twice for the same branch")
        for name in ("first_pause", "longest_pause"):
            if not timedelta(seconds=1) <= getattr(self, name) <= LONGEST_TRY:
                raise Unfit(name, "from a second to a day")

    def reminds(self, branch: str) -> bool:
        """Whether people of a branch are sent it when they are reminded."""
        return covers(self.reminding, branch)

    def announces(self, branch: str) -> bool:
        """Whether whoever waits is sent it when a branch announces a parcel or moves a visit."""
        return covers(self.announcing, branch)

    def language_of(self, branch: str) -> NoticeLanguage:
        """In which language a branch writes."""
        return self.languages.get(branch, self.language)

    def newest(self, kind: NoticeKind, branch: str) -> NoticeTemplate | None:
        """The template with which a branch writes now; None: there is none."""
        ours = self._of(kind, branch)
        return max(ours, key=lambda each: each.version, default=None)

    def template(self, kind: NoticeKind, version: int, branch: str) -> NoticeTemplate | None:
        """The template with which a notice was asked for; None: it stands here no longer."""
        ours = self._of(kind, branch)
        return next((each for each in ours if each.version == version), None)

    def _of(self, kind: NoticeKind, branch: str) -> list[NoticeTemplate]:
        """Those of a branch; if it has none of its own, those of all."""
        of_kind = [each for each in self.templates if each.kind is kind]
        own = [each for each in of_kind if branch in each.branches]
        return own or [each for each in of_kind if not each.branches]


def _wrong_places(text: str) -> str:
    """What is wrong with the braces of a text; empty if nothing is."""
    try:
        found = list(Formatter().parse(text))
    except ValueError as error:
        return str(error)
    named = [(name, spec, how) for _, name, spec, how in found if name is not None]
    unknown = sorted({name for name, spec, how in named if name not in PLACES or spec or how})
    return f"unknown in braces: {', '.join(unknown)}" if unknown else ""
