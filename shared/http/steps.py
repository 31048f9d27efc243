"""步骤路由 (routes of steps): every `Step` of a paper as a route, and as a step of its page."""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import TypeAdapter
from starlette.responses import Response

from shared.decider import Reason, reason
from shared.events.values import BranchCode
from shared.handle import CommandEnvelope, DraftCommand, Folded, NumberedCommand, Rehearsal
from shared.http import openapi as http_openapi
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber
from shared.http.problem import Problem, unknown
from shared.http.registers import Registers
from shared.http.route import Guard, add_route
from shared.http.taking import take
from shared.step import Offer, PaperType, PathField, Step

_NOBODY = UUID(int=0)
"""The id of a command that is only rehearsed: it is never looked up and never written."""
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_IN_PATH = re.compile(r"{(\w+)(?::\w+)?}")


@dataclass(slots=True)
class StepRoute:
    """One step of a paper as it is asked for over HTTP."""

    api: RoomApi
    paper: PaperType[Any]
    step: Step[Any, Any]
    form: Form[Any] | None
    registers: Registers
    """Where its form looks things up."""

    @property
    def path(self) -> str:
        """Of the route, behind `/v1`."""
        path = self.step.path
        return path if path.startswith("/") else f"{self.paper.address.path}/{path}"

    @property
    def body(self) -> type[Any]:
        """The class of its body."""
        body: type[Any] = self.form.body if self.form else self.step.command
        return body

    @property
    def said(self) -> str:
        """What the interface says of it: the Chinese term, then a sentence."""
        return self.step.said or self.step.command.__doc__ or ""

    @property
    def name(self) -> str:
        """`IssuePart` is `issue_part`."""
        return _WORD.sub("_", self.step.command.__name__).lower()

    def add_to(self, router: APIRouter) -> None:
        """Make it a route."""
        guard = Guard(self.api.access, frozenset(self.step.by), is_command=True, is_posted=True)
        documented = http_openapi.of_command(
            self.api.texts, self.step.by, self.step.example, creates=bool(self.step.location)
        )
        add_route(
            router,
            self.path,
            self._answer,
            guard,
            named=self.name,
            said=self.said,
            parameters=list(self._parameters()),
            documented=documented,
        )

    def wanted(
        self, context: RequestContext, given: Mapping[str, Any], body: Any
    ) -> DraftCommand | NumberedCommand | CommandEnvelope:
        """What is asked for, ready to be handled. Raises Problem."""
        assert context.command is not None
        address = self.paper.address
        if not self.path.startswith(address.path):
            initial = self.api.room.papers[self.paper.prefix].initial
            return self._new(context, "", given, body, Folded(0, initial, ""))
        number = address.number_in(given)
        stream = self.paper.stream_of(number)
        if self.form is not None and self.form.takes_number:
            folded = self.registers.stream(stream)
            self._must_be_there(number, folded)
            return self._new(context, number, given, body, folded)
        make = partial(self.order, context, number, given, body)
        return DraftCommand(context.command, stream, make)

    def order(
        self,
        context: RequestContext,
        number: str,
        given: Mapping[str, Any],
        body: Any,
        folded: Folded,
    ) -> CommandEnvelope:
        """The command on the paper as it stands. Raises Problem."""
        self._must_be_there(number, folded)
        made = self._made(self._request(context, number, given, folded), body)
        if isinstance(made, NextNumber):
            raise TypeError(f"{self.path}: a ticket is taken where a paper is made")
        order = self._order(context, made, number, folded)
        context.needs_branch(order.asked.branch)
        return order

    def offers(self, number: str, state: Any) -> Iterator[Offer]:
        """The bodies with which the step might be asked for now; none if its time is over."""
        until, offer = self.step.until, (self.form and self.form.offer) or self.step.offer
        if until is not None and _is_after(state.stage, until):
            return
        for each in offer(number, state) if offer else (self._example(),):
            yield each if isinstance(each, Offer) else Offer(each)

    def rehearse(
        self, context: RequestContext, rehearsal: Rehearsal, number: str, body: Any
    ) -> Sequence[Reason]:
        """预演: why the caller may not do this now; nothing if they may. Nothing is done."""
        broken: list[Reason] = []
        if context.caller.roles.isdisjoint(self.step.by):
            yours = sorted(context.caller.roles)
            broken.append(reason("role", needed=sorted(self.step.by), yours=yours))
        folded = rehearsal.folded(self.paper.stream_of(number))
        asking, given = replace(context, command=_NOBODY), self.paper.address.given_of(number)
        try:
            at_hand = replace(self, registers=self.registers.within(rehearsal))
            order = at_hand.order(asking, number, given, body, folded)
        except Problem as problem:
            return [*broken, *problem.reasons]
        return [*broken, *rehearsal.broken(order)]

    def _answer(self, context: RequestContext, given: dict[str, Any]) -> Response:
        body = given.pop("body")
        wanted = self.wanted(context, given, body)
        return take(self.api, context, wanted, self.step.location)

    def _made(self, request: FormRequest, body: Any) -> Made | NextNumber:
        asked = body
        if self.form is not None and isinstance(body, self.form.body):
            asked = self.form.asks(request, body)
        return asked if isinstance(asked, Made | NextNumber) else Made(asked)

    def _request(
        self, context: RequestContext, number: str, given: Mapping[str, Any], folded: Folded
    ) -> FormRequest:
        return FormRequest(
            context=context,
            registers=self.registers,
            policy=self.api.policy,
            number=number,
            given=given,
            version=folded.version,
            state=folded.state,
            branch=folded.branch,
            named_branch=given.get("branch"),
        )

    def _order(
        self,
        context: RequestContext,
        made: Made,
        number: str,
        folded: Folded,
        ticket: str | None = None,
    ) -> CommandEnvelope:
        branch = made.branch if made.branch is not None else folded.branch
        return context.envelope(
            made.home or self.paper.stream_of(number),
            made.command,
            branch=branch,
            ticket=ticket or self.paper.ticket_of(number),
            subject=made.subject or self.paper.subject_of(folded.state),
            policy=made.policy,
        )

    def _new(
        self,
        context: RequestContext,
        number: str,
        given: Mapping[str, Any],
        body: Any,
        folded: Folded,
    ) -> CommandEnvelope | NumberedCommand:
        """What makes a new paper; with a ticket's next number, if its form takes one."""
        made = self._made(self._request(context, number, given, folded), body)
        if isinstance(made, Made):
            return self._order(context, made, number, folded)

        def build(n: int) -> CommandEnvelope:
            ticket, numbered = numbered_by(n)
            placed = replace(numbered, branch=branch)
            return self._order(context, placed, number or ticket, folded, ticket)

        branch, numbered_by = made.branch, made.build
        return context.numbered(branch, made.day, build)

    def _must_be_there(self, number: str, folded: Folded) -> None:
        there = bool(folded.version) and self.paper.exists(folded.state)
        if not there and not self.step.begins:
            raise unknown(number)

    def _parameters(self) -> Iterator[inspect.Parameter]:
        for name in _IN_PATH.findall(self.path):
            yield _parameter(name, self._annotation(name))
        yield _parameter("body", self.body)
        if self.step.takes_branch:
            yield _parameter("branch", BranchCode | None, None)

    def _annotation(self, name: str) -> Any:
        fields = {each.name: each for each in self.paper.address.fields}
        return Annotated[str, in_path(fields[name])] if name in fields else int

    def _example(self) -> Any:
        return TypeAdapter(self.body).validate_python(self.step.example)


def in_path(field: PathField) -> Any:
    """What marks a parameter as this part of a path, inside `Annotated`."""
    return Path(pattern=field.pattern, max_length=field.max_length, description=field.described)


def add_steps(api: RoomApi, router: APIRouter, forms: Mapping[str, Forms]) -> None:
    """Make every step of the room's papers a route; `forms` by the prefix of the paper."""
    for prefix in api.room.papers:
        paper, of_paper = api.room.papers[prefix], dict(forms.get(prefix, {}))
        for step in getattr(paper, "STEPS", ()):
            if isinstance(step, Step):
                form = of_paper.pop(step.path, None)
                route = StepRoute(api, paper.PAPER, step, form, api.registers)
                route.add_to(router)
                api.steps.setdefault(prefix, []).append(route)
        if of_paper:
            raise ValueError(f"{prefix}: no step takes the forms {sorted(of_paper)}")


def _is_after(stage: StrEnum, until: StrEnum) -> bool:
    stages = list(type(until))
    return stages.index(stage) > stages.index(until)


_REQUIRED = inspect.Parameter.empty


def _parameter(name: str, annotation: Any, default: Any = _REQUIRED) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)
