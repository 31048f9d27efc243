"""缘由 (because): a verb that changes what stands asks why, and by whom."""

from typing import TYPE_CHECKING

from guiyi.refusal import WRONG, refuse

if TYPE_CHECKING:
    from shared.record.interventions import Because


def reasoned(actor: str, because: str, no_reason: str) -> "Because":
    """Who uses the verb, and why. Without a reason the command ends with the sentence named."""
    from shared.record.interventions import Because

    if not because.strip():
        refuse(no_reason, WRONG)
    return Because(actor, because.strip())
