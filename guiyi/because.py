"""缘由 (because): a verb that changes what stands asks by whom and why, and the ledger keeps it."""

from typing import TYPE_CHECKING

from guiyi.refusal import WRONG, refuse

if TYPE_CHECKING:
    from shared.config import Settings
    from shared.record.interventions import Because


def reasoned(actor: str, because: str, no_reason: str = "because.none") -> "Because":
    """Who uses the verb, and why. Without a reason the command ends with the sentence named."""
    from shared.record.interventions import Because

    if not because.strip():
        refuse(no_reason, WRONG)
    return Because(actor, because.strip())


def noted(settings: "Settings", verb: str, what: str, because: "Because") -> None:
    """Enter in the ledger of a room what somebody is about to do by hand. Raises Unavailable."""
    from guiyi.database import worker_database
    from shared.record import interventions
    from shared.record.transaction import transaction

    with worker_database(settings) as database, transaction(database) as db:
        interventions.note(db, verb, what, because)
