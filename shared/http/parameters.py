"""参数 (parameters): the parts of a path, of a query and the body, as a route takes them.

FastAPI only describes the parameters. They are read here, by adapters that are made once.
"""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from fastapi.params import Depends
from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator
from starlette.datastructures import ImmutableMultiDict

from shared.decider import Reason, reason
from shared.http.problem import Problem
from shared.http.strictness import validator
from shared.http.validation import PydanticError, complaints, unknown_name

BODY = "body"
"""The name of the parameter that takes the body."""
BOOKMARK = "after"
"""The parameter with the bookmark of a page, which is decoded before it is used."""
NOTHING: Final = object()
"""Stands for what was not sent."""
_IN_PATH = re.compile(r"{(\w+)(?::\w+)?}")
_PLACES = ("path", "query", BODY)
"""Where parameters come from, in the order in which complaints are told."""


@dataclass(frozen=True, slots=True)
class Sent:
    """来件: what a request brings."""

    path: Mapping[str, str]
    query: ImmutableMultiDict[str, str]
    body: object = NOTHING

    def value(self, place: str, name: str) -> object:
        """What was sent for a parameter; NOTHING if nothing was."""
        if place == BODY:
            return self.body
        return (self.path if place == "path" else self.query).get(name, NOTHING)


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    place: str
    hint: object
    """The type of its values."""
    validator: SchemaValidator
    default: object

    @property
    def _is_kept(self) -> bool:
        """Whether a database is asked for the text as it is; none takes a NUL."""
        return self.place != BODY and self.name != BOOKMARK

    def read(self, sent: Sent, errors: list[PydanticError]) -> object:
        value = sent.value(self.place, self.name)
        if value is NOTHING:
            if self.default is inspect.Parameter.empty:
                errors.append(self._located({"type": "missing", "loc": ()}))
            return self.default
        if self._is_kept and isinstance(value, str) and "\0" in value:
            raise Problem(422, "invalid", reason("nul", field=self.name))
        try:
            return self.validator.validate_python(value)
        except ValidationError as error:
            told = error.errors(include_url=False, include_input=False)
            errors += map(self._located, told)
            return None

    def _located(self, error: PydanticError) -> PydanticError:
        """The error with its place, and the type of what belongs there."""
        if self.place == BODY:
            return {**error, "hint": self.hint}
        return {**error, "hint": self.hint, "part": self.name}


class Parameters:
    """参数: everything that a route takes."""

    def __init__(
        self, path: str, wanted: Sequence[inspect.Parameter], known: Sequence[str] = ()
    ) -> None:
        """`known`: parts of the query that somebody else reads."""
        in_path = names_in(path)
        self._groups: dict[str, tuple[Callable[..., object], Parameters]] = {}
        single = []
        for each in wanted:
            if (make := _maker(each)) is not None:
                parts = list(inspect.signature(make).parameters.values())
                self._groups[each.name] = make, Parameters(path, parts)
            else:
                place = BODY if each.name == BODY else _PLACES[each.name not in in_path]
                adapter = TypeAdapter[object](each.annotation)
                checks = validator(adapter, is_text=place != BODY)
                single.append(_Parameter(each.name, place, each.annotation, checks, each.default))
        self._single = sorted(single, key=lambda each: _PLACES.index(each.place))
        self._known = {*known, *self._asked()}

    def _asked(self) -> Iterator[str]:
        """The names of the parts of the query."""
        yield from (each.name for each in self._single if each.place == "query")
        for _, parts in self._groups.values():
            yield from parts._asked()  # noqa: SLF001 - of the same class

    def _strange(self, query: ImmutableMultiDict[str, str]) -> Iterator[Reason]:
        """What is wrong with the names in the query: nobody knows it, or it comes twice."""
        for name, count in Counter(name for name, _ in query.multi_items()).items():
            if name not in self._known:
                yield unknown_name("", name, sorted(self._known))
            elif count > 1:
                yield reason("parameter-twice", parameter=name)

    def read(self, sent: Sent) -> dict[str, object]:
        """The values, by the names of their parameters. Raises Problem with every complaint."""
        if strange := list(self._strange(sent.query)):
            raise Problem(422, "invalid", *strange)
        errors: list[PydanticError] = []
        found = self.collect(sent, errors)
        if errors:
            raise Problem(422, "invalid", *complaints(errors))
        return found

    def collect(self, sent: Sent, errors: list[PydanticError]) -> dict[str, object]:
        """The values. Complaints are added to `errors`; then the values are worth nothing."""
        found: dict[str, object] = {}
        for name, (make, parts) in self._groups.items():
            given = parts.collect(sent, errors)
            found[name] = None if errors else make(**given)
        for each in self._single:
            found[each.name] = each.read(sent, errors)
        return found


def names_in(path: str) -> list[str]:
    """The names of the parts of a path."""
    return _IN_PATH.findall(path)


def _maker(parameter: inspect.Parameter) -> Callable[..., object] | None:
    """What makes the parameter from several parts of the query, if it is such a group."""
    marks = (each for each in get_args(parameter.annotation) if isinstance(each, Depends))
    return next((each.dependency for each in marks if each.dependency), None)
