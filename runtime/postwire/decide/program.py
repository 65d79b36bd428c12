"""An action compiled: every hole a closure, made once and shared by all runs and threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from postwire.decide.api import Api, Rule, rules
from postwire.decide.build import Builder
from postwire.decide.project import compile_projection
from postwire.decide.retry import is_safe
from postwire.errors import ActionFailed
from postwire.language.expression import Closure, Scope, compile_condition
from postwire.language.inputs import InputSchema, OutputSchema
from postwire.language.template import compile_value

if TYPE_CHECKING:
    from postwire.language.manifest import (
        Action,
        Effect,
        Fail,
        Pages,
        Poll,
        RequestSpec,
        Step,
        Upload,
        Verify,
    )

Condition = Callable[[Scope], bool]
Saves = tuple[tuple[str, Closure], ...]


@dataclass(frozen=True, slots=True)
class PagesCode:
    """`pages`, compiled."""

    items: Closure
    next: Closure
    limit: Closure | None
    max_pages: int


@dataclass(frozen=True, slots=True)
class RequestCode:
    """A request, compiled; `safe` tells whether a repeat can do no harm."""

    builder: Builder
    safe: bool
    accept: tuple[int, ...]
    pages: PagesCode | None


@dataclass(frozen=True, slots=True)
class PollCode:
    """A poll, compiled."""

    request: RequestCode
    until: Condition
    fail_when: Condition | None
    fail_code: str
    fail_message: Closure
    every: Closure
    timeout: Closure
    reference: Closure | None = None


@dataclass(frozen=True, slots=True)
class UploadCode:
    """An upload, compiled."""

    request: RequestCode
    media: Closure
    part_size: Closure | None
    remainder: str
    ranges: Closure | None
    first: Closure | None
    last: Closure | None
    parallel: int
    resync: bool
    received: Closure | None


@dataclass(frozen=True, slots=True)
class FailCode:
    """A fail, compiled."""

    code: str
    message: Closure
    field: str | None
    remedy: Closure | None


@dataclass(frozen=True, slots=True)
class LoopCode:
    """A foreach, compiled."""

    items: Closure
    name: str
    parallel: int
    body: tuple[StepCode, ...]


@dataclass(frozen=True, slots=True)
class CallCode:
    """A call, compiled: the program of the other action, and its input."""

    program: Callable[[], Program]
    input: Closure


@dataclass(frozen=True, slots=True)
class VerifyCode:
    """An entry of `verify`, compiled."""

    when: Condition | None
    after: Closure
    look: CallCode | None
    match: Closure | None
    found: Condition | None
    absent: Condition | None
    returns: Closure | None
    told: str


Kind = RequestCode | PollCode | UploadCode | FailCode | LoopCode | CallCode


@dataclass(frozen=True, slots=True)
class StepCode:
    """A step, compiled."""

    id: str
    when: Condition | None
    kind: Kind
    save: Saves
    collect: Closure | None


class Program:
    """An action that can run.

    Attributes:
        id: `tiktok.create_video_post`.
        action: the manifest it came from.
        api: its integration's shared part.
    """

    def __init__(self, name: str, action: Action, api: Api, sibling: Callable[[str], Program]) -> None:
        self.id = f"{api.name}.{name}"
        self.action = action
        self.api = api
        self._sibling = sibling
        self.effect: Effect = action.effect
        self.rules: tuple[Rule, ...] = rules(action.errors)
        self.let: Saves = _saves(action.let)
        self.scopes = tuple(frozenset(scope.split(" or ")) for scope in action.scopes)
        self.returns = compile_value(action.return_) if action.return_ is not None else None
        self.project = compile_projection(action.output)

    @cached_property
    def input(self) -> InputSchema:
        """The input schema at work."""
        return InputSchema(self.action.input)

    @cached_property
    def output(self) -> OutputSchema:
        """The output schema at work."""
        return OutputSchema(self.action.output)

    @cached_property
    def steps(self) -> tuple[StepCode, ...]:
        """The steps; a lone request is one step called `request`."""
        if self.action.request is None:
            return tuple(self._step(step) for step in self.action.steps)
        code = self._request(self.action.request)
        return (StepCode("request", None, code, _saves(self.action.save), None),)

    @cached_property
    def verify(self) -> tuple[VerifyCode, ...]:
        """How to find out whether a request happened whose answer was lost."""
        return tuple(map(self._verify, self.action.verify))

    @property
    def is_single(self) -> bool:
        """Whether it is one request, whose answer `return` may read."""
        return self.action.request is not None

    def paths(self) -> list[tuple[str, str]]:
        """(method, path) of every request, those of called actions included; `*` stands for values."""
        return [pair for code in self.steps for pair in _paths(code.kind)]

    def _step(self, step: Step) -> StepCode:
        when = compile_condition(step.when) if step.when else None
        collect = compile_value(step.collect) if step.collect is not None else None
        return StepCode(step.id, when, self._kind(step), _saves(step.save), collect)

    def _kind(self, step: Step) -> Kind:
        if step.request is not None:
            return self._request(step.request)
        if step.poll is not None:
            return self._poll(step.poll)
        if step.upload is not None:
            return self._upload(step.upload)
        if step.fail is not None:
            return _fail(step.fail)
        if step.call is not None:
            name = step.call
            return CallCode(lambda: self._sibling(name), compile_value(step.with_))
        body = tuple(self._step(inner) for inner in step.do)
        return LoopCode(compile_value(step.foreach), step.as_, step.parallel, body)

    def _verify(self, entry: Verify) -> VerifyCode:
        call = entry.call
        look = CallCode(lambda: self._sibling(call), compile_value(entry.with_)) if call else None
        when, found, absent = (
            compile_condition(text) if text else None for text in (entry.when, entry.found, entry.absent)
        )
        match, returns = (
            compile_value(value) if value is not None else None for value in (entry.match, entry.return_)
        )
        return VerifyCode(when, compile_value(entry.after), look, match, found, absent, returns, entry.look)

    def _request(self, spec: RequestSpec) -> RequestCode:
        safe = is_safe(spec.method, spec.retry)
        pages = _pages(spec.pages) if spec.pages else None
        return RequestCode(Builder(spec, self.api), safe, tuple(spec.accept), pages)

    def _poll(self, poll: Poll) -> PollCode:
        # A poll only looks, so its request may always be repeated.
        code = RequestCode(Builder(poll, self.api), True, tuple(poll.accept), None)
        fail_when = compile_condition(poll.fail_when) if poll.fail_when else None
        message, every, timeout = map(compile_value, (poll.fail_message, poll.every, poll.timeout))
        reference = compile_value(poll.reference) if poll.reference is not None else None
        until, ends = compile_condition(poll.until), (message, every, timeout, reference)
        return PollCode(code, until, fail_when, poll.fail_code, *ends)

    def _upload(self, upload: Upload) -> UploadCode:
        whole = all(body is None for body in (upload.json_, upload.form, upload.multipart))
        spec = upload.model_copy(update={"media": "${{ part.bytes }}" if whole else None})
        size, ranges, first, last = (
            compile_value(value) if value is not None else None
            for value in (upload.part_size, upload.ranges, upload.first, upload.last)
        )
        media, request = compile_value(upload.media), self._request(spec)
        resync = upload.resync is not False
        received = compile_value(upload.resync) if isinstance(upload.resync, str) else None
        plan = (size, upload.remainder, ranges, first, last, upload.parallel)
        return UploadCode(request, media, *plan, resync, received)


def _saves(entries: Mapping[str, Any]) -> Saves:
    return tuple((name, compile_value(value)) for name, value in entries.items())


def _pages(pages: Pages) -> PagesCode:
    limit = compile_value(pages.limit) if pages.limit is not None else None
    return PagesCode(compile_value(pages.items), compile_value(pages.next), limit, pages.max_pages)


def _fail(fail: Fail) -> FailCode:
    remedy = compile_value(fail.remedy) if fail.remedy else None
    return FailCode(fail.code, compile_value(fail.message), fail.field, remedy)


def _paths(code: Kind) -> list[tuple[str, str]]:
    match code:
        case RequestCode():
            return [(code.builder.method, code.builder.path)]
        case PollCode() | UploadCode():
            return _paths(code.request)
        case LoopCode():
            return [pair for step in code.body for pair in _paths(step.kind)]
        case CallCode():
            return _paths_of(code)
        case FailCode():
            return []


def _paths_of(code: CallCode) -> list[tuple[str, str]]:
    """The paths of a called action; none where accounts of this kind of login cannot come to it."""
    try:
        return code.program().paths()
    except ActionFailed:
        return []
