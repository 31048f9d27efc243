"""A real desk's whole log: from the start of `guiyi import` until every view has every fact."""

import json
import subprocess
import time
from pathlib import Path
from statistics import median

from guiyi.demo.legacy import fitting_map
from guiyi.rooms import FIRST_OPERATOR
from guiyi.stack.installation import PROJECT
from tests.bench.local import Stack, stack
from tests.bench.row import Row

ROUNDS, QUICK_ROUNDS = 3, 1
BOUND = 3_500
WAIT_S = 900.0


def run(file: Path, quick: bool = False) -> list[Row]:
    """The median of several imports, each into a stack of its own."""
    took, added = [], 0
    for _ in range(QUICK_ROUNDS if quick else ROUNDS):
        with stack() as made:
            began = time.monotonic()
            added = _imported(made, file)
            made.wait_for_views(WAIT_S)
            took.append(time.monotonic() - began)
    ours = added / median(took)
    return [
        Row(
            name=f"import of {added:,} facts to lag 0",
            ours=ours,
            baseline=None,
            unit="facts/s",
            ratio=None,
            bound=f">= {BOUND:,}",
            holds=ours >= BOUND,
            note=", ".join(f"{each:.1f} s" for each in took),
        )
    ]


def _imported(made: Stack, file: Path) -> int:
    """Import the log; the number of facts. No row may be lost."""
    rejects = made.installation.folder / "rejects.csv"
    words = ("import", str(file), "--mapping", str(fitting_map(file)), "--rejects", str(rejects))
    told = subprocess.run(
        made.verb(*words, "--actor", FIRST_OPERATOR),
        check=True,
        capture_output=True,
        timeout=WAIT_S,
        cwd=PROJECT,
    )
    tally = json.loads(told.stdout.splitlines()[-1])
    if tally["added"] != tally["rows"]:
        raise AssertionError(f"{tally['rows']} rows became {tally['added']} facts")
    return int(tally["added"])
