"""用语 (texts): the sentences and labels of a room, in Chinese and English, read from texts.toml.

    [refusals.beyond-note]
    zh = "应发 {permitted}，要领 {asked}"
    en = "{permitted} permitted, {asked} asked for"

    [labels]
    contact_phone = { zh = "联系电话", en = "contact phone" }
    TakingUrged = { zh = "督促接单", en = "technician reminded" }

A fact is named after its class: in Chinese by the first term of its docstring, in English by the
words of its name. A file has only the facts with other names.

The numbers of a refusal fill the braces. If a number is a label itself (a field, a state), the
label is shown in each language. A list of labels is joined as that language joins lists.
"""

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared import mends as mending
from shared.decider import Number, Reason
from shared.events import BOOK, reading

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
KERNEL = Path(__file__).with_suffix(".toml")
"""The kernel's own sentences: about keys, tokens, walls, versions."""


class TextsBroken(Exception):
    """A sentence is there in one language only, or the two name different numbers."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence or label in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Texts:
    """用语: every sentence by code, every label by what it names."""

    refusals: Mapping[str, Said]
    labels: Mapping[str, Said]
    mends: Mapping[str, mending.Mended] = field(default_factory=dict)
    """What mends each refusal, by its code."""

    def sentence(self, reason: Reason) -> Said:
        """The sentence of a broken rule; its code and numbers, if there is none."""
        said = self.refusals.get(reason.code)
        if said is None:
            bare = ", ".join([reason.code, *(f"{k}={v}" for k, v in reason.numbers.items())])
            return Said(bare, bare)
        return Said(
            _filled(said.zh, {k: self._zh(v) for k, v in reason.numbers.items()}),
            _filled(said.en, {k: self._en(v) for k, v in reason.numbers.items()}),
        )

    def label(self, name: str) -> Said:
        """The label of a field, a state or a fact; its own name, if there is none.

        A field inside others (`work.arrived_at`) is labelled like the field alone.
        """
        own = self.labels.get(name) or self.labels.get(name.rpartition(".")[2])
        return own or Said(name, name)

    def _zh(self, number: Number) -> str:
        match number:
            case str():
                return self.label(number).zh
            case int():
                return str(number)
            case _:
                return "、".join(self.label(each).zh for each in number)

    def _en(self, number: Number) -> str:
        match number:
            case str():
                return self.label(number).en
            case int():
                return str(number)
            case _:
                return ", ".join(self.label(each).en for each in number)


def load(*files: Path, room: str = "") -> Texts:
    """The texts of these files and of the kernel; a later file wins. Raises TextsBroken.

    `room`: its facts are named after their classes if no file has another name.
    """
    refusals: dict[str, Said] = {}
    labels, mended = fact_labels(room), dict[str, mending.Mended]()
    for file in (KERNEL, *files):
        written = tomllib.loads(file.read_text("utf-8"))
        refusals |= _said(file, written.get("refusals", {}))
        labels |= _said(file, written.get("labels", {}))
        mended |= mending.load(file.with_name("mends.toml"))
    return Texts(refusals, labels, mended)


def fact_labels(room: str) -> dict[str, Said]:
    """The names that the facts of a room have from their classes."""
    assert reading.SHELF, "importing it has entered every fact of every room"
    own = (line for line in BOOK.values() if room in line.writers)
    return {line.name: Said(_term(line.kind), _words(line.name)) for line in own}


def placeholders(sentence: str) -> frozenset[str]:
    """The numbers a sentence names."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def _said(file: Path, table: Mapping[str, object]) -> dict[str, Said]:
    found = {}
    for name, both in table.items():
        match both:
            case {"zh": str(zh), "en": str(en)} if placeholders(zh) == placeholders(en):
                found[name] = Said(zh, en)
            case _:
                raise TextsBroken(f"{file}: {name} needs zh and en that name the same numbers")
    return found


def _term(kind: type) -> str:
    return (kind.__doc__ or "").partition(":")[0]


def _words(name: str) -> str:
    return _CAPITAL.sub(" ", name).lower()


class _Gaps(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def _filled(sentence: str, numbers: Mapping[str, str]) -> str:
    return sentence.format_map(_Gaps(numbers))
