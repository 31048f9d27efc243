"""`python -m tests.fuzz [--requests 20000] [--seconds 600] [--seed 1]`.

Four rooms on a PostgreSQL of their own are asked by schemathesis, by everybody and by a customer:
examples, boundary cases, random and negative ones, and chains of requests. The exit status is 1 if
an answer was a 5xx, or was not as the description says, or if there were too few.
"""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from tests.fuzz.round import Wish, fuzz
from tests.servers import throw_away


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logging.disable()  # a line for each request tells nothing here
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder, throw_away() as servers:
        wish = Wish(asked.requests, asked.seconds, asked.seed)
        report = fuzz(servers, Path(folder), wish, say)
    for each in report.failures:
        say(each)
    say(f"归一 fuzz: {report.requests} requests, {report.of(500, 599)} of them answered by a 5xx")
    few = report.requests < asked.requests
    return 1 if report.failures or report.of(500, 599) or few else 0


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
