"""平常数据 (plain values): JSON as it travels between the command line and a room's API."""

from collections.abc import Mapping
from typing import Any, TypeAlias

JsonObject: TypeAlias = Mapping[str, Any]
"""An object of an answer or of a body. `Any`, because the schema of the API says what it holds: the
room checks what it is sent, and the code that reads an answer names the few keys that it shows."""
