"""日志 (logs): one JSON object per line on stderr, for our own lines and those of libraries.

A line has names of rooms and streams, partitions and counts. It never has personal texts: of a
value that is not plain only the type's name is written. So no fact or command can be logged.
"""

import logging
import sys
from collections import Counter
from collections.abc import Hashable, Mapping

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.rate import REMEMBERED, Rates

_PLAIN = (str, int, float, bool, type(None))
_KEPT_KEYS = ("exc_info", "positional_args", "_record", "_from_structlog")
# These libraries log every reconnection. Our own loops log what it means for us.
_NOISY = ("aiokafka", "alembic", "faust", "httpx", "kafka", "mode", "sqlalchemy")
_ONE_BY_ONE = 10
LINES_PER_S, LINES_AT_FIRST = 1, 1_000
"""Lines of one kind and caller: at first so many, later one each second. A log file of 16 MiB holds
some 50,000 lines, so whoever asks without end needs most of a day to fill it."""


def begin(room: str, role: str, level: int = logging.INFO) -> None:
    """Write every line of this program to stderr, with the room and the role of the process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(room, role))
    handler.addFilter(Share())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _formatter(room: str, role: str) -> structlog.stdlib.ProcessorFormatter:
    """Configure structlog, and return a formatter that writes lines of libraries the same way."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.UnicodeDecoder(),
        _named(room, role),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            _plain,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


class Share(logging.Filter):
    """份额: lets lines of one kind and caller through at a rate, so that none washes others away.

    The next line of the kind that is written says how many were left out before it.
    """

    def __init__(self, rates: Rates | None = None) -> None:
        super().__init__()
        self._rates = rates or Rates(LINES_PER_S, LINES_AT_FIRST)
        self._left_out = Counter[Hashable]()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        line = record.msg if isinstance(record.msg, dict) else {}
        kind = record.name, line.get("event", record.msg), _whose(line)
        if not self._rates.take(kind):
            if len(self._left_out) < REMEMBERED:
                self._left_out[kind] += 1
            return False
        if (count := self._left_out.pop(kind, 0)) and line:
            record.msg = {**line, "left_out": count}
        elif count:
            record.msg = f"{record.msg} (and {count} more)"
        return True


def _whose(line: Mapping[str, object]) -> Hashable:
    """Who caused the line: the person, or the address of somebody unknown."""
    return str(line.get("actor") or line.get("address"))


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger with this name. It may be made before `begin`."""
    made: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return made


def is_logged(count: int) -> bool:
    """Whether to log the count-th line of a kind that foreign bytes cause: logs are finite.

    The first ten are logged one by one, then only every thousandth.
    """
    return count <= _ONE_BY_ONE or count % (100 * _ONE_BY_ONE) == 0


def _named(room: str, role: str) -> Processor:
    def add(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        line["room"], line["role"] = room, role
        return line

    return add


def _plain(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    for key, value in line.items():
        if key not in _KEPT_KEYS and not isinstance(value, _PLAIN):
            line[key] = _short(value)
    return line


def _short(value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset):
        return [item if isinstance(item, _PLAIN) else type(item).__name__ for item in value]
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {str(value).partition(chr(10))[0]}"
    return type(value).__name__
