"""`python -m tests.chaos [--seconds 120] [--seed N] [--clients 2] [--plant KIND] [--report FILE]`.

Runs a stack of its own, lets people work at it while faults strike, then checks everything. The
exit status is 1 if anything was lost or wrong. The same seed draws the same faults. With `--plant`
something wrong is put in before the check, and the exit status is 1 if it is not found.
"""

import argparse
import json
import random
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.chaos.plants import KINDS, unfound
from tests.chaos.round import Report, play_round
from tests.stack.away import MayNotMount, whole_on_small_disk
from tests.stack.whole import Whole, begin, whole

DISK_MIB = 4_096


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the stack is ended, too
    asked = _asked()
    _say(f"归一 chaos: seed {asked.seed}, {asked.seconds:.0f} s, {asked.clients} clients")
    with _stack() as stack:
        begin(stack)
        chance = random.Random(asked.seed)
        plants = [KINDS[kind] for kind in asked.plant]
        report = play_round(
            stack, chance, asked.seconds, clients=asked.clients, plants=plants, say=_say
        )
    for line in _told(report):
        _say(line)
    if asked.report is not None:
        told = {"seed": asked.seed, "seconds": asked.seconds, "accepted": report.accepted}
        told |= {name: value for name, value in vars(report).items() if name != "promises"}
        asked.report.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    if plants:
        return _blind(asked.plant, report)
    return 1 if report.findings else 0


@contextmanager
def _stack() -> Iterator[Whole]:
    """On a small file system, so that it can be filled, if this user may mount one."""
    with ExitStack() as kept:
        try:
            made = kept.enter_context(whole_on_small_disk(DISK_MIB))
        except MayNotMount:
            _say("this user may not mount a file system: the disk is never filled")
            made = kept.enter_context(whole())
        yield made


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--plant", action="append", choices=sorted(KINDS), default=[])
    parser.add_argument("--report", type=Path, default=None)
    return parser.parse_args()


def _told(report: Report) -> Iterator[str]:
    for kind, count in sorted(report.faults.items()):
        yield f"{count:4} x {kind}"
    yield (
        f"accepted {report.accepted}, facts {report.facts}, stories {report.stories},"
        f" answers lost {report.answers_lost}, longest way back {report.longest_s:.0f} s"
    )
    yield from (f"✗ {finding}" for finding in report.findings)
    yield f"{len(report.findings)} findings" if report.findings else "0 lost, 0 wrong"


def _blind(kinds: Sequence[str], report: Report) -> int:
    unseen = unfound([KINDS[kind] for kind in kinds], report.findings)
    _say(f"planted {len(kinds)}, not found {len(unseen)}: {', '.join(unseen) or 'none'}")
    return 1 if unseen else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
