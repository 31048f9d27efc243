"""告知 (telling): how a link reaches the customer, how our own people are told of something."""

from dataclasses import dataclass

from shared.events.notices import NoticeChannel, NoticeKind
from shared.events.values import Personal
from shared.notices.wanted import NoticeWanted, Telling, ToPeople
from shared.policy.notices import Notices

TO_PEOPLE = (NoticeChannel.SMS, NoticeChannel.WEBHOOK, NoticeChannel.EMAIL)
"""By which ways our own people are told, the soonest seen first."""


@dataclass(frozen=True, slots=True)
class Reached:
    """联系方式: where the customer of a paper is reached, as far as a room knows."""

    phone: Personal | None
    """That of the paper."""
    email: Personal | None
    """That of the customer's card."""


def wanted(
    policy: Notices, branch: str, kind: NoticeKind, telling: Telling, reached: Reached
) -> NoticeWanted | None:
    """The notice that is wanted, with all that policy has for it; None: nobody is to be told."""
    if (channel := telling.tell) is None:
        return None
    template = policy.newest(kind, branch)
    return NoticeWanted(
        kind=kind,
        channel=channel,
        to=(telling.email or reached.email) if channel is NoticeChannel.EMAIL else reached.phone,
        template=template.version if template and channel in policy.channels else None,
        language=policy.language_of(branch),
    )


def wanted_of_people(policy: Notices, branch: str, kind: NoticeKind) -> ToPeople | None:
    """The notice that our own people are sent, but for whom; None: policy sends none."""
    channels = tuple(each for each in TO_PEOPLE if each in policy.channels)
    template = policy.newest(kind, branch)
    if not channels or template is None:
        return None
    return ToPeople(kind, channels, policy.language_of(branch), template.version)
