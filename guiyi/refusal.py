"""拒绝 (refusals): how a verb says that something is wrong, and ends.

On standard error: a sentence in the user's language; with `--json` one line with the code and the
sentence in both languages. Standard output has only results.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any, NoReturn, cast

import typer
from typer.core import TyperGroup

from guiyi.speech import both, language

FAILED, WRONG, OUT_OF_REACH = 1, 2, 3
"""Exit codes: it was refused; the words are wrong; nothing runs, or it does not answer."""
WORDS = cast("type[Exception]", typer.BadParameter.__mro__[1])
"""The base class of all errors in the words of a command. typer exports only its subclass."""

_as_json: ContextVar[bool] = ContextVar("as_json", default=False)


def remember(value: bool) -> bool:
    """Called with the `--json` of each command, whether it was given or not."""
    _as_json.set(value)
    return value


def complain(key: str, *, more: Mapping[str, object] | None = None, **numbers: object) -> None:
    """Say what is wrong. `more` is for programs: it has what the sentence does not say."""
    said = both(key, **numbers)
    if _as_json.get():
        line = {"code": key.replace(".", "-").replace("_", "-"), **said, **(more or {})}
        typer.echo(json.dumps(line, ensure_ascii=False), err=True)
    else:
        typer.echo(said[language()], err=True)


def refuse(
    key: str, code: int, *, more: Mapping[str, object] | None = None, **numbers: object
) -> NoReturn:
    """Say it and end with this exit code."""
    complain(key, more=more, **numbers)
    raise typer.Exit(code)


class Verbs(TyperGroup):
    """动词: the command's verbs. Wrong words are reported like any other refusal."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,  # as its base has it
    ) -> Any:
        """As its base has it."""
        asked = list(sys.argv[1:] if args is None else args)
        is_told = "--json" in asked and standalone_mode
        said = [*asked, os.environ.get("GUIYI_ACTOR", "")]
        if broken := [word for word in said if not _is_text(word)]:
            remember(is_told)
            complain("guiyi.not_text", word=os.fsencode(broken[0]).decode("utf-8", "replace"))
            sys.exit(WRONG)
        run = partial(
            super().main,
            asked,
            prog_name,
            complete_var,
            standalone_mode and not is_told,
            windows_expand_args,
            **extra,
        )
        if not is_told:
            return run()
        remember(True)
        try:
            sys.exit(run() or 0)
        except WORDS as error:
            complain("guiyi.wrong_words", reason=str(error))
            sys.exit(WRONG)
        except typer.Abort:
            complain("guiyi.aborted")
            sys.exit(FAILED)


def _is_text(word: str) -> bool:
    """Whether the word of a command was UTF-8. The system gives other bytes as half surrogates."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
