"""How often a property is tried: a third by `make test`, a fifth by `make check`, or in full."""

import os

from hypothesis import settings

QUICK, THOROUGH = "GUIYI_QUICK", "GUIYI_THOROUGH"
"""`make check` sets the first: who has just changed a line waits for the answer."""


def tries(examples: int) -> settings:
    """The settings of a property that is tried with so many inputs where nobody waits for it."""
    share = 1 if os.environ.get(THOROUGH) else 5 if os.environ.get(QUICK) else 3
    return settings(max_examples=max(examples // share, 1), deadline=None)
