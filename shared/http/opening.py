"""查看 (opening hidden texts): what was asked for with a reason is noted before it is shown."""

from collections.abc import Iterable

from shared.http.context import RequestContext
from shared.http.dependencies import Dependencies
from shared.log import logger
from shared.record.openings import TextsOpened

LOG = logger("http")


def note(dependencies: Dependencies, context: RequestContext, whom: Iterable[str]) -> None:
    """Keep that the caller has texts of these subjects shown. Raises Unavailable."""
    actor, request, because = context.caller.actor, context.trace.span, context.because
    subjects = tuple(sorted(whom))
    dependencies.openings.note(TextsOpened(actor, request, because, subjects))
    LOG.info("opened", actor=actor, request=request, because=because, whom=subjects)
