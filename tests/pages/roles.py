"""角色表 (the table of roles): who sees and does what, as a page made from `roles.toml`.

`make generate` writes `docs/roles.md`. A test asks every cell of the running rooms.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.events.values import Role

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"
TABLE = Path(__file__).parents[1] / "house" / "roles.toml"
HEAD = """# 角色 · Who sees and does what

Made from `tests/house/roles.toml` by `make generate`; `tests/house/test_roles.py` asks every cell
of the running rooms. The table was written by hand from the rules of the trade.

`name` is shown in clear, `(name)` masked (`已隐藏/hidden`), `[name]` in clear of one's own work and
else not at all, `[(name)]` in clear of one's own work and else masked. What is not named is not
shown; – is refused (403). What belongs to another branch is as if it were not there (404). Masked
texts are opened with `?open=true&because=…` by approver, general manager and auditor; each opening
is noted with whom and why.
"""
EMPLOYEES = [role for role in Role if role is not Role.CUSTOMER]


def page() -> str:
    """The tables as Markdown."""
    table = tomllib.loads(TABLE.read_text("utf-8"))
    lines = [HEAD, "## 所见 What is seen", ""]
    for group in table["groups"].values():
        lines += [*_group(group), ""]
    lines += ["## 所办 What is done", ""]
    for room, paths in table["do"].items():
        lines += [f"### {room}", "", *_routes({f"POST {p}": by for p, by in paths.items()}), ""]
    lines += ["## 其余 The rest", "", *_routes(table["own"]), ""]
    return "\n".join(lines)


def _group(group: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {group['name']}"
    yield ""
    yield f"{group['room']}: " + ", ".join(f"`{route}`" for route in group["routes"])
    yield ""
    yield "| role | sees |"
    yield "|---|---|"
    for role in EMPLOYEES:
        cell = group.get(role.value)
        yield f"| {role} | {'–' if cell is None else cell} |"
    yield ""
    facets = group["facets"].items()
    yield "; ".join(f"*{facet}*: {', '.join(names)}" for facet, names in facets)


def _routes(routes: Mapping[str, list[str]]) -> Iterator[str]:
    yield "| route | who |"
    yield "|---|---|"
    for route, by in routes.items():
        yield f"| `{route}` | {', '.join(by)} |"
