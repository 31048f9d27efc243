"""One line of the table that `make bench` prints."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, and the baseline of the same run that it is compared with."""

    name: str
    ours: float
    """The median of the rounds."""
    baseline: float | None
    """The median of the baseline's rounds; None where a figure stands alone."""
    unit: str
    ratio: float | None
    """The median of ours over baseline, round by round; None without a baseline."""
    bound: str
    """What it must reach, in words: `>= 0.65`, `p50 <= 60 ms`; empty where nothing is promised."""
    holds: bool
    note: str = ""
