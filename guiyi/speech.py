"""用语 (speech): what the command line says, in Chinese or English by the user's locale.

Sentences are in texts.toml as `[group] name = { zh = "...", en = "..." }` and are read by
`say("group.name", number=3)`. `GUIYI_LANG=zh` or `en` wins over the locale.
"""

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

TEXTS = Path(__file__).with_name("texts.toml")
ASKED = ("GUIYI_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def language(environ: Mapping[str, str] | None = None) -> str:
    """`zh` or `en`: the first variable that is set decides."""
    env = os.environ if environ is None else environ
    asked = next((value for name in ASKED if (value := env.get(name))), "en")
    return "zh" if asked.lower().startswith("zh") else "en"


def say(key: str, **numbers: object) -> str:
    """The sentence of that key in the user's language. KeyError if there is none."""
    return both(key, **numbers)[language()]


def both(key: str, **numbers: object) -> Mapping[str, str]:
    """The sentence in both languages; a number may be such a pair itself. KeyError as `say`."""
    return {
        name: sentence.format(**{n: _in(name, number) for n, number in numbers.items()})
        for name, sentence in texts()[key].items()
    }


def _in(name: str, number: object) -> object:
    return number[name] if isinstance(number, Mapping) else number


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Every sentence by its key."""
    with TEXTS.open("rb") as file:
        groups = tomllib.load(file)
    return {
        f"{group}.{name}": both for group, all_ in groups.items() for name, both in all_.items()
    }
