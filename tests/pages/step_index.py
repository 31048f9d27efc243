"""步骤索引 (the index of steps): every step of every room, for refusals that another step mends.

`make generate` writes `shared/steps.json`. A test compares it with the rows.
"""

import json
from collections.abc import Iterator

from guiyi.rooms import ROOMS, wiring
from shared.mends import STEPS as PAGE
from shared.step import Step

__all__ = ["PAGE", "page"]


def page() -> str:
    """The index as JSON."""
    return json.dumps(dict(_rows()), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _rows() -> Iterator[tuple[str, dict[str, object]]]:
    for name in ROOMS:
        for prefix, paper in wiring(name).papers.items():
            for step in paper.STEPS:
                if isinstance(step, Step):
                    path, address = step.path, paper.PAPER.address.path
                    whole = path if path.startswith("/") else f"{address}/{path}"
                    said = step.said or step.command.__doc__ or ""
                    zh, _, en = said.partition("\n")[0].partition(": ")
                    yield (
                        f"{prefix}/{path.lstrip('/')}",
                        {
                            "room": name,
                            "path": f"/v1{whole}".replace(":path}", "}"),
                            "zh": zh,
                            "en": en.rstrip("."),
                            "by": sorted(step.by),
                        },
                    )
