"""导出的映射 (the map of an export): what its columns mean, as TOML that `guiyi import` reads."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Written:
    """所写: what the rows so far had: columns, and what they say."""

    source: str
    branch: str
    columns: dict[str, None] = field(default_factory=dict)
    personal: dict[str, None] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)
    priorities: dict[str, str] = field(default_factory=dict)

    def note(
        self,
        values: Mapping[str, str],
        personal: Mapping[str, str],
        listed: Mapping[str, str],
        priority: tuple[str, str] | None,
    ) -> None:
        """Take note of a row. Of columns that say one thing the first counts."""
        self.columns |= dict.fromkeys(values)
        self.personal |= dict.fromkeys(personal)
        for meaning, column in listed.items():
            self.listed.setdefault(meaning, column)
        if priority is not None:
            self.priorities.setdefault(*priority)


def map_text(seen: Written, own: Mapping[str, str], hidden: Sequence[str]) -> str:
    """The map."""
    return "\n".join(_lines(seen, own, hidden)) + "\n"


def _lines(seen: Written, own: Mapping[str, str], hidden: Sequence[str]) -> Iterator[str]:
    yield f"source = {quoted(seen.source)}"
    yield f"branch = {quoted(seen.branch)}"
    yield "apostrophes = true"
    yield f"personal = {listed([name for name in seen.personal if name not in hidden])}"
    yield f"not_personal = {listed([own['person'], *seen.columns])}"
    yield ""
    yield "[columns]"
    for name in ("case", "activity", "time", "open"):
        yield f"{name} = {quoted(own[name])}"
    if "owner" not in seen.listed:
        yield f"person = {quoted(own['person'])}"
    for meaning, column in seen.listed.items():
        if column not in hidden:
            yield f"{meaning} = {quoted(column)}"
    yield ""
    yield "[time]"
    yield 'zone = "UTC"'
    if seen.priorities:
        yield ""
        yield "[priorities]"
        yield from (f"{quoted(w)} = {quoted(p)}" for w, p in seen.priorities.items())


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)


def listed(names: Sequence[str]) -> str:
    """Several texts as TOML writes them."""
    return "[" + ", ".join(map(quoted, names)) + "]"
