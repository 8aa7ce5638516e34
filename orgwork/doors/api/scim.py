"""This room is for SCIM 2.0 (RFC 7643, 7644): an office provides and ends accounts. Accounts, never members.

No person is made, found or changed here; what an account may do comes from the posts of the person it is
linked to, inside this house. Authenticated by a token made for it. The library scim2-models reads and writes
the messages; what is decided lies in procedures/accounts.py.
"""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Annotated, Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, IntegrityError
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ConflictException,
    Context,
    Error,
    ETag,
    Filter,
    InvalidSyntaxException,
    InvalidValueException,
    ListResponse,
    Meta,
    NotFoundException,
    Patch,
    PatchOp,
    Required,
    Resource,
    ResourceType,
    ResponseParameters,
    Schema,
    SCIMException,
    ScimPolicy,
    SearchRequest,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
    UniquenessException,
)

from orgwork.foundation.accounts import Account
from orgwork.foundation.refusals import NotAllowed, Refusal
from orgwork.foundation.signing_in import ApiToken, TokenScope
from orgwork.procedures import accounts

from . import keys

log = logging.getLogger(__name__)

TYPE = "application/scim+json"
MOST = 200
#: What others say about their people (e-mails, telephones, departments) is read over and not kept.
LENIENT = ScimPolicy(unknown=ScimPolicy.Unknown.ignore, remove_value=ScimPolicy.RemoveValue.apply)
TAKEN = {"username_taken", "subject_taken"}


class User(Resource[Any]):
    """What of RFC 7643's user an account has: no e-mail, no telephone, no group."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """The sign-in name: 2 to 60 letters, figures or . @ + - _ without spaces."""
    display_name: str | None = None
    """How the account is shown."""
    active: bool | None = None
    """Whether it can be used; set to false, its sessions and tokens end at once."""


class Said(Exception):
    """An answer that is ready."""

    def __init__(self, response: HttpResponse):
        self.response = response


# ── the door ────────────────────────────────────────────────────────────────────────────────────────────


def door(view):
    """Every address of SCIM: asks for its token, answers faults as SCIM errors in English."""

    @csrf_exempt
    @login_not_required
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        with translation.override("en"), LENIENT:
            try:
                if keys.in_the_clear(request):
                    raise Said(_error(400, "This address is reached by https only."))
                if wait := keys.too_many(request):
                    raise Said(_waits(wait))
                return view(request, _token(request), *args, **kwargs)
            except Said as ready:
                return ready.response
            except Exception as fault:
                return _refused(request, fault)

    return guarded


def _token(request: HttpRequest) -> ApiToken:
    token = keys.bearer(request.headers.get("Authorization", ""))
    if token is None or token.scope != TokenScope.SCIM:
        response = _error(401, "A token made for SCIM is needed (Authorization: Bearer …).")
        response["WWW-Authenticate"] = 'Bearer realm="orgwork-scim"'
        raise Said(response)
    return token


def _refused(request: HttpRequest, fault: Exception) -> HttpResponse:
    if isinstance(fault, SCIMException):
        return answer(fault.to_error().model_dump(), fault.status)
    if isinstance(fault, ValidationError):
        error = Error.from_validation_error(fault.errors()[0])
        return answer(error.model_dump(), error.status or 400)
    if isinstance(fault, NotAllowed):
        return _error(403, str(fault))
    if isinstance(fault, Refusal):
        kind = UniquenessException if fault.code in TAKEN else InvalidValueException
        return _refused(request, kind(detail=str(fault)))
    if isinstance(fault, IntegrityError):
        return _refused(request, ConflictException(detail="Somebody else was quicker; look, and try again."))
    if isinstance(fault, RequestDataTooBig):
        return _error(413, "The body of the request is too long.")
    log.error("Fault at %s %s", request.method, request.path, exc_info=fault)
    if isinstance(fault, DatabaseError):
        return _error(503, "The database is busy; nothing was written.")
    return _error(500, "Something went wrong on our side; nothing was half-written.")


def _waits(seconds: int) -> HttpResponse:
    response = _error(429, f"Too many requests in this minute; wait {seconds} seconds.")
    response["Retry-After"] = str(seconds)
    return response


def _error(status: int, detail: str) -> HttpResponse:
    return answer(Error(status=status, detail=detail).model_dump(), status)


def answer(body: dict | None, status: int = 200, *, location: str = "", version: str = "") -> HttpResponse:
    text = "" if body is None else json.dumps(body, ensure_ascii=False)
    response = HttpResponse(text, status=status, content_type=TYPE)
    if location:
        response["Location"] = location
    if version:
        response["ETag"] = version
    response["Cache-Control"] = "private, no-store"
    return response


def sent(request: HttpRequest) -> Any:
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError) as fault:
        raise InvalidSyntaxException(detail="The body of the request is no JSON.") from fault
    if not isinstance(found, dict):
        raise InvalidSyntaxException(detail="The body of the request must be a JSON object.")
    return found


def takes(request: HttpRequest, *methods: str) -> None:
    if request.method not in methods:
        response = _error(405, f"This address takes {', '.join(methods)}.")
        response["Allow"] = ", ".join(methods)
        raise Said(response)


# ── accounts as users ───────────────────────────────────────────────────────────────────────────────────


def shown(request: HttpRequest, account: Account) -> User:
    return User(
        id=str(account.pk), external_id=account.external_id or None, user_name=account.username,
        display_name=account.full_name or None, active=account.is_active,
        meta=Meta(
            resource_type="User", created=account.created_at, last_modified=account.changed_at,
            location=request.build_absolute_uri(f"/scim/v2/Users/{account.pk}"), version=version_of(account),
        ),
    )  # fmt: skip


def version_of(account: Account) -> str:
    told = [account.username, account.full_name, account.is_active, account.external_id]
    return f'W/"{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]}"'


def said_by(user: User) -> dict:
    return {
        "username": user.user_name, "full_name": (user.display_name or "")[:200],
        "is_active": user.active is not False, "external_id": (user.external_id or "")[:255],
    }  # fmt: skip


def find(ident: str) -> Account:
    known = ident.isascii() and ident.isdigit() and len(ident) < 19
    found = Account.objects.filter(pk=int(ident), ended_at__isnull=True).first() if known else None
    if found is None:
        raise NotFoundException(detail=f"There is no user {ident[:40]}.")
    return found


def parameters(request: HttpRequest) -> ResponseParameters:
    asked = {name: request.GET[name].split(",") for name in ("attributes", "excludedAttributes")
             if request.GET.get(name)}  # fmt: skip
    return ResponseParameters.model_validate(asked)


@door
def users(request: HttpRequest, token: ApiToken) -> HttpResponse:
    takes(request, "GET", "POST")
    if request.method == "GET":
        return listed(request)
    asked = User.model_validate(sent(request), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    account = accounts.provide(said_by(asked), **_acting(token))
    return one(request, account, Context.RESOURCE_CREATION_RESPONSE, status=201)


def one(request: HttpRequest, account: Account, context: Context, *, status=200) -> HttpResponse:
    user = shown(request, account)
    body = user.model_dump(scim_ctx=context, response_parameters=parameters(request))
    return answer(body, status, location=str(user.meta.location), version=version_of(account))


def _acting(token: ApiToken) -> dict:
    return {"issuer": settings.ORGWORK_OIDC["issuer"], "actor": token.account, "door": "scim"}


@door
def user(request: HttpRequest, token: ApiToken, ident: str) -> HttpResponse:
    takes(request, "GET", "PUT", "PATCH", "DELETE")
    account = find(ident)
    if request.method == "GET":
        if version_of(account) in request.headers.get("If-None-Match", ""):
            return answer(None, 304, version=version_of(account))
        return one(request, account, Context.RESOURCE_QUERY_RESPONSE)
    wanted = request.headers.get("If-Match", "")
    if wanted and wanted != "*" and version_of(account) not in wanted:
        return _error(412, "This user has changed since you saw it; read it again.")
    if request.method == "DELETE":
        accounts.end(account, actor=token.account, door="scim")
        return answer(None, 204)
    changed = _changed(request, account)
    account = accounts.provide_anew(account, said_by(changed), **_acting(token))
    return one(request, account, Context.RESOURCE_REPLACEMENT_RESPONSE)


def _changed(request: HttpRequest, account: Account) -> User:
    """The user as it is to be: replaced whole (PUT), or with the operations applied (PATCH)."""
    before = shown(request, account)
    if request.method == "PATCH":
        patch = PatchOp[User].model_validate(sent(request), scim_ctx=Context.RESOURCE_PATCH_REQUEST)
        patch.patch(before)
        return before
    after = User.model_validate(sent(request), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    after.replace(before)
    if after.active is None:
        after.active = account.is_active  # silence opens nothing that was closed
    return after


def listed(request: HttpRequest) -> HttpResponse:
    """Pages by index, as RFC 7644 has them; what is looked up by name comes straight from the index."""
    return found_by(request, SearchRequest[User].model_validate(_query(request)), parameters(request))


@door
def search(request: HttpRequest, _token: ApiToken) -> HttpResponse:
    """The same with the question in the body, where no log of addresses keeps it."""
    takes(request, "POST")
    asked = SearchRequest[User].model_validate(sent(request), scim_ctx=Context.SEARCH_REQUEST)
    return found_by(request, asked, asked)


def found_by(request: HttpRequest, asked: SearchRequest, shape: ResponseParameters) -> HttpResponse:
    rows = Account.objects.filter(ended_at__isnull=True).order_by("pk")
    start = max(asked.start_index or 1, 1)
    count = MOST if asked.count is None else min(max(asked.count, 0), MOST)
    exact = _exactly(asked)
    if exact is not None:
        rows = rows.filter(**exact)
    if asked.filter is not None and exact is None:
        found = [one for one in rows.iterator() if asked.filter.match(shown(request, one))]
        total, page = len(found), found[start - 1 : start - 1 + count]
    else:
        total, page = rows.count(), list(rows[start - 1 : start - 1 + count])
    body = ListResponse[User](
        total_results=total, start_index=start, items_per_page=len(page),
        resources=[shown(request, account) for account in page],
    )  # fmt: skip
    return answer(body.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=shape))


def _query(request: HttpRequest) -> dict:
    found: dict[str, Any] = {}
    for name in ("startIndex", "count"):
        text = request.GET.get(name)
        if text is not None:
            if not text.lstrip("-").isdigit() or len(text) > 9:
                raise InvalidValueException(detail=f"{name} is a whole number.")
            found[name] = int(text)
    if request.GET.get("filter"):
        found["filter"] = request.GET["filter"][:1000]
    return found


def _exactly(asked: SearchRequest) -> dict | None:
    """The look-up of a name or an external id; None when the filter says more."""
    node = getattr(asked.filter, "ast", None)
    operator, value = str(getattr(node, "op", "")), getattr(node, "value", None)
    if operator.rpartition(".")[2].lower() != "eq" or not isinstance(value, str):
        return None
    name = str(getattr(node, "attr_path", "")).lower().rpartition(":")[2]
    return {
        "username": {"username__iexact": value},
        "externalid": {"external_id": value, "external_id__gt": ""},
    }.get(name)


# ── what this service is ────────────────────────────────────────────────────────────────────────────────


def about(request: HttpRequest) -> ServiceProviderConfig:
    return ServiceProviderConfig(
        documentation_uri=None, patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST), change_password=ChangePassword(supported=False),
        sort=Sort(supported=False), etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken, name="Bearer token", primary=True,
                description="A token made for SCIM: orgwork user scim-token",
            )
        ],
        meta=_meta(request, "ServiceProviderConfig", "ServiceProviderConfig"),
    )  # fmt: skip


def _meta(request: HttpRequest, kind: str, where: str) -> Meta:
    return Meta(resource_type=kind, location=request.build_absolute_uri(f"/scim/v2/{where}"))


def _types(request: HttpRequest) -> list[ResourceType]:
    found = ResourceType.from_resource(User)
    found.meta = _meta(request, "ResourceType", f"ResourceTypes/{found.id}")
    return [found]


def _schemas(request: HttpRequest) -> list[Schema]:
    found = [model.to_schema() for model in (User, ServiceProviderConfig, ResourceType, Schema)]
    for schema in found:
        schema.meta = _meta(request, "Schema", f"Schemas/{schema.id}")
    return found


@door
def config(request: HttpRequest, _token: ApiToken) -> HttpResponse:
    takes(request, "GET")
    return answer(about(request).model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


@door
def resource_types(request: HttpRequest, _token: ApiToken, ident: str = "") -> HttpResponse:
    return _described(request, ResourceType, _types(request), ident)


@door
def schemas(request: HttpRequest, _token: ApiToken, ident: str = "") -> HttpResponse:
    return _described(request, Schema, _schemas(request), ident)


def _described(request: HttpRequest, model, found: list, ident: str) -> HttpResponse:
    takes(request, "GET")
    if request.GET.get("filter"):
        return _error(403, "What this service is takes no filter (RFC 7644, 4).")
    if ident:
        one_of = next((one for one in found if str(one.id) == ident), None)
        if one_of is None:
            raise NotFoundException(detail=f"There is no {ident[:80]}.")
        return answer(one_of.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))
    body = ListResponse[model](
        total_results=len(found), start_index=1, items_per_page=len(found), resources=found
    )
    return answer(body.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


@door
def nowhere(request: HttpRequest, _token: ApiToken) -> HttpResponse:
    raise NotFoundException(detail="There is nothing at this address.")


urlpatterns = [
    path("Users", users, name="scim-users"),
    path("Users/.search", search, name="scim-search-users"),
    path(".search", search, name="scim-search"),
    path("Users/<str:ident>", user, name="scim-user"),
    path("ServiceProviderConfig", config, name="scim-config"),
    path("ResourceTypes", resource_types, name="scim-types"),
    path("ResourceTypes/<str:ident>", resource_types, name="scim-type"),
    path("Schemas", schemas, name="scim-schemas"),
    path("Schemas/<str:ident>", schemas, name="scim-schema"),
    re_path("", nowhere, name="scim-nowhere"),
]
