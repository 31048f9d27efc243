"""库单签字 (signing papers of the store): in a session of one's own, what was shown of the paper.

A client shows the paper and sends the hash of what was shown back with the step. If anything of it
has changed since then, the signature is stale.
"""

from dataclasses import dataclass

from shared.decider import Asked
from shared.events.values import Role, Signature, SignedHow


@dataclass(frozen=True, slots=True)
class Sheet:
    """待签: a step that is signed, and the hash of what is shown to be signed."""

    step: str
    content: str
    shipment: str | None = None
    """Of which parcel, where a paper has several."""


def signed(content: str, asked: Asked, *roles: Role) -> Signature:
    """签字: of whoever takes the step, in the first of these roles that they have."""
    role = next((each for each in roles if each in asked.roles), roles[0])
    return Signature(asked.actor, role.value, SignedHow.SESSION, asked.at, content)
