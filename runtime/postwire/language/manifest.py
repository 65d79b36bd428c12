"""The words of the language: one field here is one word of `integration.yaml` or of an action file.

Shape only. What the shape cannot say (references, types, order) is checked by `lint`.
A `Value` may have holes, an `Address` encodes them; a `Condition` is a bare expression.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from postwire.language.request import BODIES, METHODS, Pages, RequestSpec
from postwire.language.setup import Brand, Link, Phone, Requirement, Setup
from postwire.language.webhooks import Challenge, Signature, Webhooks
from postwire.language.word import Code, Condition, Duration, Name, Schema, Text, Value, Word

# The others' models too, for the reference page.
__all__ = [
    "BODIES",
    "METHODS",
    "Brand",
    "Challenge",
    "Link",
    "Pages",
    "Phone",
    "RequestSpec",
    "Requirement",
    "Setup",
    "Signature",
    "Webhooks",
]

Effect = Literal["read", "create", "update", "delete"]

KINDS: Final = ("request", "poll", "upload", "foreach", "call", "fail")
# Which words may stand beside each kind of step.
BESIDE: Final[dict[str, frozenset[str]]] = {
    "request": frozenset({"save"}),
    "poll": frozenset({"save"}),
    "upload": frozenset({"collect"}),
    "foreach": frozenset({"as_", "parallel", "do", "collect"}),
    "call": frozenset({"with_"}),
    "fail": frozenset(),
}


class Docs(Word):
    """The provider's page that a manifest follows."""

    url: Annotated[str, Field(pattern=r"^https://")]
    read: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Poll(RequestSpec):
    """A read that is repeated until it tells the end; out of time is *pending*, not failed."""

    until: Condition
    fail_when: Condition | None = None
    fail_code: Code = "media_rejected"
    fail_message: str = "The platform could not process it."
    every: Duration = "5s"
    timeout: Duration = "10m"
    reference: Value = None


class Upload(RequestSpec):
    """A file in parts: by an own plan (`part_size`, `remainder`), or by `ranges` that the server gave."""

    media: Value
    part_size: Value = None
    remainder: Literal["own", "last"] = "own"
    ranges: Value = None
    first: Value = None
    last: Value = None
    parallel: Annotated[int, Field(ge=1, le=16)] = 1
    resync: bool | Text = False

    @model_validator(mode="after")
    def _one_plan(self) -> Upload:
        if (self.part_size is None) == (self.ranges is None):
            raise ValueError("an upload has either part_size or ranges")
        if self.ranges is not None and (self.first is None or self.last is None):
            raise ValueError("ranges need first and last")
        if self.resync and self.parallel > 1:
            raise ValueError("resync needs parts in order: leave out parallel")
        return self

    def _bodies(self) -> tuple[Value, ...]:
        return (self.json_, self.form, self.multipart)


class Fail(Word):
    """The end of an action, without success."""

    code: Code
    message: str
    field: str | None = None
    remedy: str | None = None


class Step(Word):
    """One step: exactly one kind, and the words that belong to it."""

    id: Name
    when: Condition | None = None
    request: RequestSpec | None = None
    poll: Poll | None = None
    upload: Upload | None = None
    foreach: Value = None
    as_: Annotated[Name, Field(alias="as")] = "item"
    parallel: Annotated[int, Field(ge=1, le=16)] = 1
    do: list[Step] = []
    call: Name | None = None
    with_: Annotated[dict[str, Value], Field(alias="with")] = {}
    fail: Fail | None = None
    save: dict[Name, Value] = {}
    collect: Value = None

    @model_validator(mode="after")
    def _one_kind(self) -> Step:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError(f"a step has exactly one of {', '.join(KINDS)}")
        allowed = BESIDE[kinds[0]] | {"id", "when", kinds[0]}
        for word in self.model_fields_set - allowed:
            raise ValueError(f"{word.rstrip('_')} does not belong to a {kinds[0]} step")
        if kinds[0] == "foreach" and not self.do:
            raise ValueError("foreach needs do")
        return self

    @property
    def kind(self) -> str:
        """One of KINDS."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


class ErrorRule(Word):
    """When an answer is this error: the first rule that fits decides."""

    when: Condition
    code: Code
    message: str | None = None
    remedy: str | None = None
    retry_after: Duration | None = None


class Verify(Word):
    """How to find out whether a request happened whose answer was lost; the first that fits decides.

    It looks by a read action, or knows without looking (`absent: "true"`). What is neither found nor absent
    stays unknown, and a person looks.
    """

    when: Condition | None = None
    after: Duration = "60s"
    call: Name | None = None
    with_: Annotated[dict[str, Value], Field(alias="with")] = {}
    match: Value = None
    found: Condition | None = None
    absent: Condition | None = None
    return_: Annotated[Value, Field(alias="return")] = None
    look: str = ""

    @model_validator(mode="after")
    def _can_tell(self) -> Verify:
        if self.call is None and (self.with_ or self.match is not None or self.found is not None):
            raise ValueError("with, match and found need call")
        if self.return_ is not None and self.found is None:
            raise ValueError("return needs found")
        if self.found is None and self.absent is None and not self.look:
            raise ValueError("an entry of verify has found, absent, or a look for people")
        return self


class Example(Word):
    """A call that works, or fails as it should: played against the action's cassette by a test."""

    name: str = ""
    input: dict[str, Any] = {}
    account: dict[str, Any] = {}
    return_: Annotated[Any, Field(alias="return")] = None
    error: Code | None = None


class Action(Word):
    """One action file; its id is `<integration>.<file name>`."""

    title: Text
    description: Text
    keywords: list[str] = []
    docs: Docs | None = None
    effect: Effect
    scopes: list[str] = []
    flavours: list[Name] = []
    errors: list[ErrorRule] = []
    input: Schema = {}
    let: dict[Name, Value] = {}
    request: RequestSpec | None = None
    save: dict[Name, Value] = {}
    steps: list[Step] = []
    return_: Annotated[Value, Field(alias="return")] = None
    verify: list[Verify] = []
    output: Schema = {}
    examples: list[Example] = []

    @model_validator(mode="after")
    def _request_or_steps(self) -> Action:
        if (self.request is None) != bool(self.steps):
            raise ValueError("an action has either request or steps")
        if self.save and self.request is None:
            raise ValueError("save belongs to a request; each step has its own")
        if self.verify and self.effect == "read":
            raise ValueError("a read needs no verify: it may be repeated")
        return self


class LimitRule(Word):
    """How often the platform lets an account, or the app, call a path."""

    path: Text
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = None
    calls: Annotated[int, Field(ge=1)]
    per: Annotated[str, Field(pattern=r"^\d+(s|m|h|d)$")]
    of: Literal["account", "app"] = "account"
    pace: bool = True
    note: str = ""


class CostRule(Word):
    """What the platform charges for a call of a path, or for each thing that the call gives."""

    path: Text
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = None
    cost: Annotated[float, Field(ge=0)]
    unit: Text
    each: Text = "call"
    note: str = ""


class Api(Word):
    """What all requests of an integration share."""

    base: Annotated[str, Field(pattern=r"^https?://[^/]+[^ ]*[^/]$")]
    trust: list[str] = []
    reach: list[str] = []
    auth: Literal["bearer", "none"] = "bearer"
    headers: dict[str, Value] = {}
    ok: Condition | None = None
    errors: list[ErrorRule] = []
    message: str = "${{ status }}"
    error_code: Value = None
    request_id: Value = None
    retry_after: Value = None


class Pkce(Word):
    """Proof Key for Code Exchange (RFC 7636); some platforms want the challenge in hex."""

    method: Literal["S256"] = "S256"
    encoding: Literal["base64url", "hex"] = "base64url"


class Authorize(Word):
    """The consent page: where it is, and every parameter by the platform's own name."""

    url: Annotated[str, Field(pattern=r"^https://")]
    params: dict[str, Value]
    scopes: list[Text]
    pkce: Pkce | None = None
    issuer: Text | None = None


class AuthStep(Word):
    """A call to the token endpoint or its kin; `take` keeps what later steps and the account need."""

    request: RequestSpec
    take: dict[str, Value] = {}


class Refresh(Word):
    """How a token is renewed: with what, how long before its end, and by which calls."""

    uses: Literal["refresh_token", "access_token", "none"]
    lead: Duration | None = None
    min_age: Duration | None = None
    steps: list[AuthStep] = []


class Within(Word):
    """What the accounts of a login lie within: the Businesses of a person, say."""

    request: RequestSpec
    items: Value


class Listed(Within):
    """A call that lists what a login brings; what an earlier one brought too counts as it came there."""

    within: Within | None = None


class Brought(Word):
    """The account that each listed `item` is; without an own `access_token` it acts with its parent's."""

    where: Condition | None = None
    take: dict[str, Value]
    integration: Name | None = None
    flavour: Name | None = None
    confirm: bool = False


class Children(Word):
    """Further accounts that one login brings: the Pages of a person, say, and who is linked to each."""

    lists: Annotated[list[Listed], Field(min_length=1)]
    accounts: Annotated[list[Brought], Field(min_length=1)]


class Auth(Word):
    """How an account is connected, renewed, named and let go; OAuth 2.0 with every deviation as data."""

    app: list[Name]
    app_optional: list[Name] = []
    authorize: Authorize
    connect: Annotated[list[AuthStep], Field(min_length=1)]
    refresh: Refresh
    identity: AuthStep
    acts: bool = True
    children: Children | None = None
    inspect: AuthStep | None = None
    codes: dict[str, str] = {}
    revoke: AuthStep | None = None
    errors: list[ErrorRule] = []


class Flavour(Word):
    """Another kind of login to the same platform, with its own hosts; an account keeps its flavour's name."""

    base: Annotated[str, Field(pattern=r"^https?://[^/]+[^ ]*[^/]$")]
    trust: list[str] = []
    reach: list[str] = []
    auth: Auth | None = None


class Integration(Word):
    """`integration.yaml`: who a platform is."""

    name: Text
    description: Text
    docs: Docs
    version: str = ""
    version_ends: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    api: Api
    limits: list[LimitRule] = []
    costs: list[CostRule] = []
    webhooks: Webhooks | None = None
    brand: Brand | None = None
    setup: Setup | None = None
    auth: Auth | None = None
    flavours: dict[Name, Flavour] = {}


Step.model_rebuild()
