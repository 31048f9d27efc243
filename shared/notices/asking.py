"""告知 (telling): how a link is to reach the customer, and what notice is owed for it."""

from shared.events.notices import NoticeChannel, NoticeKind
from shared.events.values import Personal
from shared.notices.paper import NoticeWanted, Telling
from shared.policy.notices import Notices


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
