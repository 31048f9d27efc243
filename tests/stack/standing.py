"""A supervisor with stand-ins for the rooms: `python -m tests.stack.standing STATE`."""

import asyncio
import logging
import sys
from pathlib import Path

from guiyi.stack.installation import Installation
from guiyi.stack.plan import Plan
from guiyi.stack.supervisor import Supervisor

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("supervisor").setLevel(logging.INFO)
    serve = (sys.executable, "-m", "tests.stack.stand_in")
    plan = Plan(Installation(Path(sys.argv[1])), serve=serve)
    sys.exit(asyncio.run(Supervisor(plan).run()))
