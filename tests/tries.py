"""How often a property is tried: in full by `make test`, a fifth of it by `make check`."""

import os

from hypothesis import settings

QUICK = "GUIYI_QUICK"
"""`make check` sets it: who has just changed a line waits for the answer."""


def tries(examples: int) -> settings:
    """The settings of a property that is tried with so many inputs where nobody waits for it."""
    few = max(examples // 5, 1) if os.environ.get(QUICK) else examples
    return settings(max_examples=few, deadline=None)
