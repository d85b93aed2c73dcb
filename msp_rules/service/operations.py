"""Declares what a call of the service is: its path, parameters, body, answers and function.

The declaration is the only place that says so. `application` checks parameters and bodies by it
before a function is called, and `openapi` writes it down for clients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from msp_rules.casework.moments import Cutoff
from msp_rules.casework.values import LONGEST_ID
from msp_rules.prompts.documents import Json
from msp_rules.service.problems import refuse
from msp_rules.service.tenants import Tenant, Tenants
from msp_rules.service.traces import CallTrace
from msp_rules.yaml_source.json_schema import Schema

JSON: Final = "application/json"
"""The media type of most bodies and answers."""
LARGEST_BODY_BYTES: Final = 64 * 1024
"""The largest body of a call that does not say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as its function sees it; parameters and size are checked."""

    tenants: Tenants
    """The tenants of the service."""
    tenant_name: str | None
    """The name of the caller's tenant; None: the call has none."""
    now: Cutoff
    """The moment of the call."""
    path: Mapping[str, str] = field(default_factory=dict)
    """The parts of the path that are parameters, decoded."""
    query: Mapping[str, str] = field(default_factory=dict)
    """The parameters of the query, decoded; those that are absent or empty are not in it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The headers, by names in small letters."""
    body: bytes = b""
    """The body."""
    trace: CallTrace = field(default_factory=CallTrace)
    """Follows the parts of the call."""

    @property
    def tenant(self) -> Tenant:
        """The caller's tenant; raises CallRefused where the service has no such tenant."""
        found = None if self.tenant_name is None else self.tenants.of(self.tenant_name)
        if found is None:
            raise refuse(401, "unauthorized", "a token is needed that this service accepts")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to a call."""

    status: int = 200
    """The status."""
    document: Json = None
    """The body as plain data; None: no body."""
    text: bytes | None = None
    """The body where it is JSON that is written already."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """More headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter in the path or the query of a call."""

    name: str
    """The name."""
    description: str
    """Says what it is for."""
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    """The JSON Schema of its value."""
    in_path: bool = False
    """True for a part of the path."""
    is_required: bool = False
    """True where a call without it is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A kind of answer that a call may give."""

    description: str
    """Says when it is given."""
    schema: Schema | None = None
    """The JSON Schema of its body; None: no body."""
    media_type: str = JSON
    """The media type of its body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The body that a call takes."""

    schemas: Mapping[str, Schema]
    """The JSON Schema of the body, by media type."""
    most_bytes: int = LARGEST_BODY_BYTES
    """The largest body taken."""
    any_type: bool = False
    """True where other media types are taken, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of the service."""

    name: str
    """The name, unique in the service: the `operationId`."""
    method: str
    """The method of HTTP."""
    path: str
    """The path, with `{name}` for each part that is a parameter."""
    summary: str
    """Says in a sentence what the call does."""
    function: Callable[[Call], Reply]
    """The function that carries it out."""
    answers: Mapping[int, Answer]
    """The answers by status, without those that every call may give."""
    parameters: tuple[Parameter, ...] = ()
    """The parameters."""
    body: Body | None = None
    """The body; None: it takes none."""
    group: str = ""
    """The group under which documentation lists it."""
    needs_tenant: bool = True
    """False for a call that says nothing of any tenant, and needs no token."""


def case_id_parameter() -> Parameter:
    """Declares the id of a case in the path."""
    return Parameter(
        name="id",
        description="The id of the case; a slash in it is written %2F.",
        schema={"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
        in_path=True,
        is_required=True,
    )
