"""告知 (telling): how a link reaches the customer, how our own people are told of something."""

from shared.events.notices import NoticeChannel, NoticeKind
from shared.events.values import Personal
from shared.notices.paper import NoticeWanted, Telling
from shared.policy.notices import Notices

TO_PEOPLE = (NoticeChannel.SMS, NoticeChannel.WEBHOOK)
"""By which ways our own people are told, the first that is open: a card has a phone."""


def wanted(
    policy: Notices, branch: str, kind: NoticeKind, telling: Telling, phone: Personal | None
) -> NoticeWanted | None:
    """The notice that is wanted, with all that policy has for it; None: nobody is to be told."""
    if (channel := telling.tell) is None:
        return None
    template = policy.newest(kind, branch)
    return NoticeWanted(
        kind=kind,
        channel=channel,
        to=telling.email if channel is NoticeChannel.EMAIL else phone,
        template=template.version if template and channel in policy.channels else None,
        language=policy.language_of(branch),
    )


def wanted_of_people(policy: Notices, branch: str, kind: NoticeKind) -> NoticeWanted | None:
    """The notice that our own people are sent, but for whom; None: policy sends none."""
    channel = next((each for each in TO_PEOPLE if each in policy.channels), None)
    template = policy.newest(kind, branch)
    if channel is None or template is None:
        return None
    language = policy.language_of(branch)
    return NoticeWanted(kind, channel, language, template=template.version)
