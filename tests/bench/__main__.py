"""`make bench`: measure, compare with a baseline of the same run, print the table and the machine.

`python -m tests.bench [--quick] [--json] [--legacy FILE] [NAME ...]`; exit code 1 if a bound does
not hold. Short rounds (`--quick`) show that everything can be measured; they are too noisy to be
judged. The part `legacy` needs its log.
"""

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from tests.bench import legacy
from tests.bench.row import Row

NAMES = (
    *("append", "relay", "worker", "proof", "ready", "latency", "command", "snapshot", "closing"),
    *("legacy", "memory"),
)


def machine() -> str:
    """The machine in one line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def table(rows: list[Row]) -> Table:
    """The rows as a table."""
    shown = Table(title="bench")
    for column in ("what", "ours", "baseline", "unit", "ratio", "bound", "holds", "note"):
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(
            row.name,
            f"{row.ours:,.1f}",
            f"{row.baseline:,.1f}" if row.baseline is not None else "",
            row.unit,
            f"{row.ratio:.2f}" if row.ratio is not None else "",
            str(row.bound),
            "yes" if row.holds else "NO",
            row.note,
        )
    return shown


def main() -> int:
    """Run the parts that were asked for."""
    asked = argparse.ArgumentParser(prog="make bench", description=__doc__)
    asked.add_argument("names", nargs="*", choices=[[], *NAMES], help="parts to run (all)")
    asked.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    asked.add_argument("--json", action="store_true", help="one line of JSON at the end")
    asked.add_argument("--legacy", type=Path, metavar="FILE", help="the log for the part `legacy`")
    said = asked.parse_args()
    console = Console(stderr=said.json, width=140, highlight=False)
    console.print(machine())
    rows: list[Row] = []
    for name in said.names or NAMES:
        console.print(f"… {name}")
        if name != "legacy":
            rows += import_module(f"tests.bench.{name}").run(said.quick)
        elif said.legacy is not None:
            rows += legacy.run(said.legacy, said.quick)
        else:
            console.print("  left out: no --legacy FILE was given")
    console.print(table(rows))
    if said.json:
        sys.stdout.write(json.dumps({"machine": machine(), "rows": [asdict(row) for row in rows]}))
        sys.stdout.write("\n")
    return 0 if said.quick or all(row.holds for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
