"""规则 (rules): what the papers of the store refuse alike."""

from shared.decider import Asked, Rule, number_of, reason


def own_request(asked: Asked, *theirs: str | None) -> Rule:
    """A rule: nobody decides what is theirs: what they asked for, what their own job is about."""
    return asked.actor in theirs, reason("own-request", person=asked.actor)


def stale(said: str, shown: str, asked: Asked) -> Rule:
    """A rule: what was signed is what is there to be signed."""
    return said != shown, reason("signature-stale", number=number_of(asked.home))
