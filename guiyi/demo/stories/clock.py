"""时刻 (moments): what people write on their papers, as the API takes it."""

from datetime import UTC, datetime, timedelta


def now() -> str:
    """This moment."""
    return datetime.now(UTC).isoformat()


def later(moment: str, **by: float) -> str:
    """A moment after another."""
    return (datetime.fromisoformat(moment) + timedelta(**by)).isoformat()


def tomorrow() -> str:
    """A full hour in a day's time."""
    at = datetime.now(UTC) + timedelta(days=1)
    return at.replace(minute=0, second=0, microsecond=0).isoformat()
