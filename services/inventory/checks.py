"""规则 (rules): what the papers of the store refuse alike."""

from shared.decider import Asked, Rule, reason


def own_request(asked: Asked, *theirs: str | None) -> Rule:
    """A rule: nobody decides what is theirs: what they asked for, what their own job is about."""
    return asked.actor in theirs, reason("own-request", person=asked.actor)
