"""写法 (written forms): what the patterns of the interface are called in our texts.

A pattern is for machines and stands in the OpenAPI. People are shown the name of the form and
examples of it: the labels of `written-…` in `shared/texts.toml`.
"""

import re
from collections.abc import Mapping
from typing import Any, get_args

from shared.events import values

_TYPES: Mapping[str, Any] = {
    "written-phone": values.Phone,
    "written-digits": values.Digits,
    "written-email": values.EmailAddress,
    "written-number": values.Ref,
    "written-part": values.PartNumber,
    "written-branch": values.BranchCode,
    "written-card-branch": values.CardBranch,
    "written-ticket": values.Ticket,
    "written-content": values.ContentHash,
    "written-amount": values.AmountText,
    "written-serial": values.Serial,
    "written-period": values.Period,
}
"""By name of the form: the type whose pattern it is."""
_OF_TICKET = re.compile(rf"\^{re.escape(values.TICKET_FORM)}-(?P<kind>[A-Z])")
"""The pattern of the number of a paper that belongs to a ticket, such as `BX-…-W1`."""


def _pattern_of(hint: Any) -> str:
    marks = [each for each in get_args(hint) if isinstance(each, values.Constraint)]
    return next(str(mark.asked["pattern"]) for mark in marks if "pattern" in mark.asked)


_NAMES = {_pattern_of(hint): name for name, hint in _TYPES.items()}


def written(pattern: str) -> str:
    """The name of the form that a pattern asks for; a text, if it has none."""
    if of_ticket := _OF_TICKET.match(pattern):
        return f"written-{of_ticket['kind']}"
    return _NAMES.get(pattern, "string")
