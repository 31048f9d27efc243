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
label is shown in each language; one that means something else in one refusal has a label there,
`"claim-stage.paid"`. A list of labels is joined as that language joins lists. In
`{field:code}` the code itself is shown, with its label beside it, in `{expected:codes}` only if it
is one of a list, and in `{field:raw}` it is shown alone: what a program has to send, people are
told as it is sent. `{since:moment}` is a moment as a clock shows it.

    [forms.not-one-of]
    zh = "{expected:code} 之一"

What a value has to look like stands apart, because an answer tells it apart from the sentence; the
sentence has it as `{form}`.
"""

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import cache
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


class Language(Enum):
    """语言: how a language lists things, and how it says what a code means."""

    ZH = "、", "{}（{}）"
    EN = ", ", "{} ({})"

    def __init__(self, separator: str, beside: str) -> None:
        self.separator, self.beside = separator, beside

    def of(self, said: Said) -> str:
        """The sentence in this language."""
        return said.zh if self is Language.ZH else said.en


_NONE = Said("（没有）", "(none)")


@dataclass(frozen=True, slots=True)
class Texts:
    """用语: every sentence by code, every label by what it names."""

    refusals: Mapping[str, Said]
    labels: Mapping[str, Said]
    forms: Mapping[str, Said] = field(default_factory=dict)
    """What a value has to look like, by the code of the refusal."""
    mends: Mapping[str, mending.Mended] = field(default_factory=dict)
    """What mends each refusal, by its code."""

    def sentence(self, reason: Reason) -> Said:
        """The sentence of a broken rule; its code and numbers, if there is none."""
        said = self.refusals.get(reason.code)
        if said is None:
            bare = ", ".join([reason.code, *(f"{k}={v}" for k, v in reason.numbers.items())])
            return Said(bare, bare)
        form = self.form(reason)
        shown = {**reason.numbers} if form is None else {**reason.numbers, "form": form}
        return self._filled(said, shown, reason.code)

    def form(self, reason: Reason) -> Said | None:
        """What the value has to look like; None for a refusal that is not about that."""
        form = self.forms.get(reason.code)
        return form and self._filled(form, reason.numbers, reason.code)

    def mended(self, reason: Reason) -> mending.Mended | None:
        """What mends a broken rule, as its numbers are; None if nothing is said of it."""
        mended = self.mends.get(reason.code)
        return mended and mended.of(reason.numbers)

    def label_in(self, code: str, name: str) -> Said:
        """The label of a field or a state as a refusal says it: its own there, or the common."""
        return self.labels.get(f"{code}.{name}") or self.label(name)

    def label_of_paper(self, kind: str) -> Said:
        """How a kind of paper is called; a field of that name may be called otherwise."""
        return self.label(f"paper.{kind}")

    def _filled(self, said: Said, numbers: Mapping[str, Number | Said], code: str) -> Said:
        zh = {name: _Shown(each, self, Language.ZH, code) for name, each in numbers.items()}
        en = {name: _Shown(each, self, Language.EN, code) for name, each in numbers.items()}
        return Said(said.zh.format_map(_Gaps(zh)), said.en.format_map(_Gaps(en)))

    def label(self, name: str) -> Said:
        """The label of a field, a state or a fact; its own name, if there is none.

        A field inside others (`work.photos.0`) is labelled like the field alone, unless there is a
        label for it there (`loss.how`).
        """
        parts = [part for part in name.split(".") if not part.isdecimal()]
        whole = (".".join(parts[first:]) for first in range(len(parts)))
        found = (self.labels[each] for each in whole if each in self.labels)
        return next(found, Said(name, name))


@cache
def load(*files: Path, room: str = "") -> Texts:
    """The texts of these files and of the kernel, read once; a later file wins. Raises TextsBroken.

    `room`: its facts are named after their classes if no file has another name.
    """
    refusals: dict[str, Said] = {}
    forms: dict[str, Said] = {}
    labels, mended = fact_labels(room), dict[str, mending.Mended]()
    for file in (KERNEL, *files):
        written = tomllib.loads(file.read_text("utf-8"))
        refusals |= _said(file, written.get("refusals", {}))
        labels |= _said(file, written.get("labels", {}))
        forms |= _said(file, written.get("forms", {}))
        mended |= mending.load(file.with_name("mends.toml"))
    return Texts(refusals, labels, forms, mended)


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


class _Shown:
    """A number of a refusal as one language shows it, in one of the ways that braces ask for."""

    def __init__(self, number: Number | Said, texts: Texts, language: Language, code: str) -> None:
        self._number, self._texts, self._language, self._code = number, texts, language, code

    def __format__(self, way: str) -> str:
        match self._number:
            case Said():
                return self._language.of(self._number)
            case str() | int():
                return self._one(self._number, way)
            case several:
                each_way = "code" if way == "codes" else way
                listed = self._language.separator.join(self._one(n, each_way) for n in several)
                return listed or self._language.of(_NONE)

    def _one(self, number: str | int, way: str) -> str:
        if isinstance(number, int) or way == "raw":
            return str(number)
        if way == "moment":
            return _on_a_clock(number)
        label = self._language.of(self._texts.label_in(self._code, number))
        if way != "code":
            return label
        return number if label == number else self._language.beside.format(number, label)


def _on_a_clock(moment: str) -> str:
    """`2026-11-24 18:05`, by the clock of whoever it is told to; in UTC it says so."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{at:%Y-%m-%d %H:%M}{' UTC' if at.tzinfo is UTC else ''}"


class _Gap:
    """A number that the refusal does not have."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __format__(self, _way: str) -> str:
        return f"{{{self._name}}}"


class _Gaps(dict[str, _Shown]):
    def __missing__(self, name: str) -> _Gap:
        return _Gap(name)
