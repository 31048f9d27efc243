"""步骤路由 (routes of steps): every `Step` of a paper as a route, and as a step of its page."""

import inspect
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, partial
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import TypeAdapter
from starlette.responses import Response

from shared.command import AnyCommand
from shared.decider import Reason, Refused, State, number_of, reason
from shared.events.values import BranchCode, Role
from shared.handle import (
    CommandEnvelope,
    DraftCommand,
    Folded,
    FollowingCommand,
    NumberedCommand,
    Rehearsal,
    Rehearsed,
    handle,
)
from shared.http import openapi as http_openapi
from shared.http import responses
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import Form, FormRequest, Forms, Made, NextNumber, NextOfTicket
from shared.http.local_time import in_local_time
from shared.http.parameters import BODY, names_in
from shared.http.problem import Problem, unknown
from shared.http.registers import Registers
from shared.http.route import Endpoint, Guard, add_route, parameter
from shared.http.takers import who_mends
from shared.notices.wording import CODES, WORDS, digest_of, word_of
from shared.policy import time_zone
from shared.step import Offer, PaperType, PathField, Step

_NOBODY = UUID(int=0)
"""The id of a command that is only rehearsed: it is never looked up and never written."""
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class StepRoute:
    """One step of a paper as it is asked for over HTTP."""

    api: RoomApi
    paper: PaperType[object]
    step: Step[object, object]
    form: Form[object] | None

    @property
    def path(self) -> str:
        """Of the route, behind `/v1`."""
        path = self.step.path
        return path if path.startswith("/") else f"{self.paper.address.path}/{path}"

    @property
    def body(self) -> type[object]:
        """The class of its body."""
        body: type[object] = self.form.body if self.form else self.step.command
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
        guard = Guard(
            self.api.access,
            frozenset(self.step.by),
            is_command=True,
            is_posted=True,
            is_by_post=is_by_post(self.body),
        )
        documented = http_openapi.of_command(
            self.api.texts,
            self.step.by,
            self.step.example,
            creates=bool(self.step.location),
            replaces=self.step.replaces,
        )
        endpoint = Endpoint(self.path, guard, list(self._parameters()), self._answer)
        add_route(router, self.path, endpoint, self.name, self.said, documented)

    def _wanted(
        self, context: RequestContext, given: Mapping[str, object], body: object
    ) -> AnyCommand:
        """What is asked for, ready to be handled. Raises Problem."""
        assert context.command is not None
        address = self.paper.address
        if not self._is_on_paper:
            return self._new(self._request(context, "", given, self._blank), body)
        number = address.number_in(given)
        stream = self.paper.stream_of(number)
        if self.form is not None and self.form.takes_number:
            request = self._request(context, number, given, self.api.registers.stream(stream))
            self._must_be_theirs(request)
            return self._new(request, body)

        def make(folded: Folded) -> CommandEnvelope:
            envelope = self._on_paper(self._request(context, number, given, folded), body)
            if self.step.replaces and folded.version and context.expected is None:
                raise Problem(428, "unseen", reason("version-needed", found=folded.version))
            return self._with_files(envelope, context, body, stream)

        return DraftCommand(context.command, stream, make)

    def _with_files(
        self, envelope: CommandEnvelope, context: RequestContext, body: object, stream: str | None
    ) -> CommandEnvelope:
        """The command, and of which files that its body names the room does not know."""
        unproved = tuple(self.api.files.missing(context, body, stream))
        return replace(envelope, asked=replace(envelope.asked, unproved=unproved))

    @property
    def is_free(self) -> bool:
        """Whether the page knows nothing of what will be said: it rehearses the example."""
        return self.step.offer is None and not (self.form and self.form.offer)

    def offers(self, number: str, state: State) -> Iterator[Offer]:
        """The bodies with which the step might be asked for now; none if its time is over."""
        until, offer = self.step.until, (self.form and self.form.offer) or self.step.offer
        if until is not None and _is_after(state.stage, until):
            return
        for each in offer(number, state) if offer else (self._example,):
            yield each if isinstance(each, Offer) else Offer(each)

    def known(
        self,
        context: RequestContext,
        rehearsal: Rehearsal,
        registers: Registers,
        number: str,
        body: object,
    ) -> Mapping[str, Sequence[object]]:
        """待选: by field, what the registers know that may be said there, beside this body."""
        if self.form is None or self.form.known is None:
            return {}
        return self.form.known(self._rehearsing(context, rehearsal, registers, number), body)

    def rehearse(
        self,
        context: RequestContext,
        rehearsal: Rehearsal,
        registers: Registers,
        number: str,
        body: object,
    ) -> Rehearsed:
        """预演: why the caller may not do this now, or what of it would. Nothing is done."""
        broken: list[Reason] = []
        if context.caller.roles.isdisjoint(self.step.by):
            yours = sorted(context.caller.roles)
            broken.append(reason("role", needed=sorted(self.step.by), yours=yours))
        request = self._rehearsing(context, rehearsal, registers, number)
        try:
            envelope = self._on_paper(request, body)
        except Problem as problem:
            return Rehearsed([*broken, *problem.reasons])
        found = rehearsal.outcome(envelope)
        told = self._in_local_time(found.reasons, context, envelope.asked.branch)
        return Rehearsed([*broken, *told], found.is_idle)

    def _rehearsing(
        self, context: RequestContext, rehearsal: Rehearsal, registers: Registers, number: str
    ) -> FormRequest:
        """The step as it is asked for, of the paper as the rehearsal has read it."""
        folded = rehearsal.folded(self.paper.stream_of(number))
        asking, given = replace(context, command=_NOBODY), self.paper.address.given_of(number)
        return replace(self._request(asking, number, given, folded), registers=registers)

    def _answer(self, context: RequestContext, given: dict[str, object]) -> Response:
        body = given.pop(BODY)
        try:
            answer = handle(self.api.dependencies.handler, self._wanted(context, given, body))
        except Refused as refused:
            raise self._told(context, given, refused) from None
        if answer.facts and not answer.repeated:
            self.api.dependencies.wake()
        if answer.facts and self._is_new:
            begun = self.form.begins if self.form else None
            paper = f"{begun}-{answer.ticket}" if begun else answer.home
            self.api.files.settle(context, body, paper)
        made, where = number_of(answer.home), self.step.location
        location = where.format(ticket=answer.ticket, id=quote(made, safe=":")) if where else None
        tells = self.form.tells if self.form else None
        told = tells(self._word(context), answer.facts) if tells else {}
        return responses.accepted(answer, self.api.room.name, self.api.texts, location, told)

    def _told(
        self, context: RequestContext, given: Mapping[str, object], refused: Refused
    ) -> Problem:
        """The refusal, and by name whom the papers name for what mends it."""
        named, seen = [str(each) for each in given.values()], self._seen(given)
        branch = (seen.branch if seen else "") or self._own_branch(context)
        ticket = self.paper.ticket_of(named[0]) if named and self._is_on_paper else None
        beside, at = self.paper.beside(seen.state) if seen else (), (ticket, branch)
        who = who_mends(self.api, context, refused.reasons, [*named, *beside], at)
        told = self._in_local_time(refused.reasons, context, branch)
        return Problem(422, "refused", *told, who=who, beside=beside)

    def _seen(self, given: Mapping[str, object]) -> Folded | None:
        """The paper as it stands; None: the step begins one."""
        if not self._is_on_paper:
            return None
        return self.api.registers.stream(self.paper.stream_of(self.paper.address.number_in(given)))

    @staticmethod
    def _own_branch(context: RequestContext) -> str:
        """The only branch of the caller, where the paper has none yet."""
        own = context.caller.branches
        return next(iter(own)) if len(own) == 1 else ""

    def _in_local_time(
        self, reasons: Sequence[Reason], context: RequestContext, branch: str
    ) -> Sequence[Reason]:
        """These refusals with moments as the clocks of the branch show them."""

        def zone() -> str:
            policy = self.api.policies(branch, context.at)
            try:
                return time_zone(policy, self.api.registers.branch(branch))
            except Problem:  # the cards are not there yet
                return time_zone(policy, None)

        return in_local_time(reasons, zone)

    def _code(self, number: str, digits: str) -> str:
        """签字码: the keyed digest of these digits, for the paper with this number."""
        secret = self.api.dependencies.handler.keys.master.now().derive(CODES)
        return digest_of(secret, number, digits)

    def _word(self, context: RequestContext) -> str:
        """口令: 256 bits that follow from the command and from a secret of ours."""
        secret = self.api.dependencies.handler.keys.master.now().derive(WORDS)
        assert context.command is not None
        return word_of(secret, context.command)

    def _made(self, request: FormRequest, body: object) -> Made | NextNumber | NextOfTicket:
        asked = body
        if self.form is not None and isinstance(body, self.form.body):
            asked = self.form.asks(request, body)
        return asked if isinstance(asked, Made | NextNumber | NextOfTicket) else Made(asked)

    def _request(
        self, context: RequestContext, number: str, given: Mapping[str, object], folded: Folded
    ) -> FormRequest:
        return FormRequest(
            context=context,
            registers=self.api.registers,
            policies=self.api.policies,
            number=number,
            given=given,
            folded=folded,
            code=partial(self._code, number),
            word=lambda: self._word(context),
        )

    def _on_paper(self, request: FormRequest, body: object) -> CommandEnvelope:
        """The command on the paper as it stands. Raises Problem."""
        self._must_be_theirs(request)
        made = self._made(request, body)
        if isinstance(made, NextNumber):
            raise TypeError(f"{self.path}: a ticket is taken where a paper is made")
        if isinstance(made, NextOfTicket):  # of the page of another paper, which is rehearsed
            made = made.on(request.registers.following(made.prefix))
        envelope = self._envelope(request, made)
        branches = (envelope.asked.branch, *made.also_of)
        if as_guest := self._as_guest(request):
            return replace(envelope, asked=replace(envelope.asked, roles=as_guest))
        if request.actor in made.open_to:
            return envelope
        is_named = request.folded.version or request.named_branch is not None
        if not is_named and not request.context.may_know(branches):
            raise self._absent(request)
        request.context.needs_branches(branches)
        return envelope

    def _new(self, request: FormRequest, body: object) -> AnyCommand:
        """What makes a new paper; with a ticket's next number, if its form takes one."""
        made, context = self._made(request, body), request.context
        assert context.command is not None
        if isinstance(made, NextNumber):
            return self._numbered(request, made, body)
        if isinstance(made, NextOfTicket):
            return self._following(request, made, body)
        envelope = self._with_files(self._envelope(request, made), context, body, None)
        context.needs_branches((envelope.asked.branch, *made.also_of))

        def on_nothing(folded: Folded) -> CommandEnvelope:
            if folded.version and not context.may_know(self._branches(folded)):
                taken = reason("number-taken", number=number_of(envelope.asked.home))
                raise Problem(422, "refused", taken)
            return envelope

        return DraftCommand(context.command, envelope.asked.home, on_nothing)

    def _following(
        self, request: FormRequest, wanted: NextOfTicket, body: object
    ) -> FollowingCommand:
        made, context = wanted.made, request.context

        def follows(home: str) -> CommandEnvelope:
            envelope = self._envelope(request, wanted.on(home))
            if context.caller.actor not in made.open_to:
                context.needs_branches((envelope.asked.branch, *made.also_of))
            return self._with_files(envelope, context, body, None)

        assert context.command is not None
        return FollowingCommand(context.command, wanted.prefix, follows)

    def _numbered(self, request: FormRequest, made: NextNumber, body: object) -> NumberedCommand:
        branch, build, command = made.branch, made.build, request.context.command
        request.context.needs_branches((branch,))

        def numbered(n: int) -> CommandEnvelope:
            number, placed = build(n)
            ticket = number if made.series is None else None
            envelope = self._envelope(request, replace(placed, branch=branch), ticket)
            return self._with_files(envelope, request.context, body, None)

        assert command is not None
        return NumberedCommand(command, *made.counter, numbered)

    def _envelope(
        self, request: FormRequest, made: Made, ticket: str | None = None
    ) -> CommandEnvelope:
        begun = number_of(made.home) if made.home else ""
        number = request.number or ticket or begun
        placed = made.branch if made.branch is not None else self._side(request.folded)
        return request.context.envelope(
            made.home or self.paper.stream_of(number),
            made.command,
            branch=placed if placed is not None else request.branch,
            ticket=ticket or made.ticket or self._ticket(request, number),
            subject=made.subject or self.paper.subject_of(request.state),
            policy=made.policy,
        )

    def _ticket(self, request: FormRequest, number: str) -> str | None:
        """The ticket that the paper belongs to, by its number or as it says itself."""
        return self.paper.ticket_of(number) or self.paper.named_ticket(request.state)

    def _must_be_theirs(self, request: FormRequest) -> None:
        """Raise Problem unless the paper is there and, as it stands, of the caller's branches.

        Of what is of none of their branches they must not learn that it is there.
        """
        folded, context = request.folded, request.context
        there = bool(folded.version) and self.paper.exists(folded.state)
        if not there and not self.step.begins:
            raise self._absent(request)
        if not folded.version or self._as_guest(request):
            return
        branches = self._branches(folded)
        if not self.paper.is_common and not context.may_know(branches):
            raise self._absent(request)
        side = self._side(folded)
        context.needs_branches(branches if side is None else (side,))

    def _absent(self, request: FormRequest) -> Problem:
        return unknown(request.number, self.paper.absent(request.number))

    def _as_guest(self, request: FormRequest) -> frozenset[str]:
        """As what somebody of another branch takes the step: the paper names them, or base sent.

        What else they are at their own branch counts for nothing here.
        """
        caller, folded = request.context.caller, request.folded
        if request.context.may_know(self._branches(folded)):
            return frozenset()
        taking, named = caller.roles & {*self.step.by}, self.paper.named(folded.state)
        is_own = caller.actor in self.paper.open_to(folded.state)
        found = {role for role in taking if is_own and caller.actor in named(role)}
        guests = self.api.guests(self.paper.prefix, request.number)
        return frozenset(found | ({Role.TECHNICIAN} & taking if caller.actor in guests else set()))

    def _side(self, folded: Folded) -> str | None:
        """The one branch of several whose people take the step."""
        return self.step.at_branch(folded.state) if self.step.at_branch else None

    def _branches(self, folded: Folded) -> Collection[str]:
        return self.paper.branches_of(folded.state, folded.branch)

    @property
    def _is_on_paper(self) -> bool:
        """Whether its path names a paper of its own kind."""
        return self.path.startswith(self.paper.address.path)

    @property
    def _is_new(self) -> bool:
        """Whether it makes a new paper."""
        return not self._is_on_paper or bool(self.form and self.form.takes_number)

    @property
    def _blank(self) -> Folded:
        """A paper before its first fact."""
        return Folded(0, self.api.room.papers[self.paper.prefix].initial, "")

    def _parameters(self) -> Iterator[inspect.Parameter]:
        for name in names_in(self.path):
            yield parameter(name, self._annotation(name))
        yield parameter(BODY, self.body)
        if self.step.takes_branch:
            yield parameter("branch", BranchCode | None, None)

    def _annotation(self, name: str) -> object:
        fields = {each.name: each for each in self.paper.address.fields}
        return Annotated[str, in_path(fields[name])] if name in fields else int

    @cached_property
    def _example(self) -> object:
        """The example as its body: read once, however often it is offered."""
        return TypeAdapter(self.body).validate_python(self.step.example)


def is_by_post(body: type[object]) -> bool:
    """Whether a body says as what somebody acts and for whom, so that posts count like roles."""
    return {"as_what", "acting_for"} <= getattr(body, "__dataclass_fields__", {}).keys()


def in_path(field: PathField) -> object:
    """What marks a parameter as this part of a path, inside `Annotated`."""
    return Path(pattern=field.pattern, max_length=field.max_length, description=field.described)


def add_steps(api: RoomApi, router: APIRouter, forms: Mapping[str, Forms]) -> None:
    """Make every step of the room's papers a route; `forms` by the prefix of the paper."""
    for prefix, paper in api.room.papers.items():
        of_paper = dict(forms.get(prefix, {}))
        for step in paper.STEPS:
            if isinstance(step, Step):
                form = of_paper.pop(step.path, None)
                route = StepRoute(api, paper.PAPER, step, form)
                route.add_to(router)
                api.steps.setdefault(prefix, []).append(route)
        if of_paper:
            raise ValueError(f"{prefix}: no step takes the forms {sorted(of_paper)}")


def _is_after(stage: StrEnum, until: StrEnum) -> bool:
    stages = list(type(until))
    return stages.index(stage) > stages.index(until)
