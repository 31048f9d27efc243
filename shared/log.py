"""日志 (logs): one JSON object per line on stderr, the same for our lines and those of libraries.

A line has names of rooms and streams, partitions and counts. It never has personal texts: a value
that is not plain is written as the name of its type, so a whole fact or command cannot get in.
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_PLAIN = (str, int, float, bool, type(None))
_WHOLE = ("exc_info", "positional_args", "_record", "_from_structlog")
# Libraries that report every reconnection; our own loops say what it means for us.
_TALKATIVE = ("aiokafka", "alembic", "faust", "httpx", "kafka", "mode", "sqlalchemy")


def begin(room: str, role: str, level: int = logging.INFO) -> None:
    """Send every line of this program to stderr, each with the room and role that wrote it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(room, role))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _formatter(room: str, role: str) -> structlog.stdlib.ProcessorFormatter:
    """Configure structlog; the formatter writes lines of other libraries the same way."""
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


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose lines carry `name`; usable before `begin`."""
    made: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return made


def _named(room: str, role: str) -> Processor:
    def add(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        line["room"], line["role"] = room, role
        return line

    return add


def _plain(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    for key, value in line.items():
        if key not in _WHOLE and not isinstance(value, _PLAIN):
            line[key] = _short(value)
    return line


def _short(value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset):
        return [item if isinstance(item, _PLAIN) else type(item).__name__ for item in value]
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {str(value).partition(chr(10))[0]}"
    return type(value).__name__
