"""署名 (actors): in whose name a fact is written, and which names no person can have."""

from enum import StrEnum


class ServiceActor(StrEnum):
    """服务身份: what writes facts without a person; `reaction:<name>` is its name in full."""

    REACTION = "reaction"
    TIMER = "timer"
    IMPORT = "import"
    LINK = "link"
    """A customer by a link that we gave them."""
    SENDER = "sender"
    """What became of a notice."""

    def named(self, name: str) -> str:
        """The actor of the facts that this one writes."""
        return f"{self}:{name}"


def is_reserved(number: str) -> bool:
    """Whether a number is kept for services: with a colon, or the word before one.

    No person or customer is registered under it, and no token speaks for it.
    """
    return ":" in number or number.casefold() in tuple(ServiceActor)
