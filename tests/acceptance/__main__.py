"""python -m tests.acceptance FILE: whether each check that a table asks for is a test here."""

import sys
from pathlib import Path

from tests.acceptance.checks import CHECKS, LATER, asked_by, differences


def main() -> None:
    """Name every difference, and fail if there is one."""
    if found := list(differences(asked_by(Path(sys.argv[1])))):
        sys.exit("\n".join(found))
    later = "; ".join(f"{check}: {why}" for check, why in LATER.items())
    told = f"归一: {len(CHECKS)} checks of acceptance have a test. Later: {later}."
    sys.stdout.write(f"{told}\n")


if __name__ == "__main__":
    main()
