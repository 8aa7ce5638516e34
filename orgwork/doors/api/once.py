"""This room is for doing a thing once: the same Idempotency-Key with the same body gives the same answer.

The answer is kept in the transaction of the act itself, so that neither a crash nor a second try beside
the first can do a thing twice. It holds no personal content: numbers and states only. Refusals are not kept,
since nothing was written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from orgwork.doors.models import KeptAnswer
from orgwork.foundation.moments import Act, writing
from orgwork.foundation.refusals import Refusal
from orgwork.foundation.rehearsal import rehearsal

HEADER = "Idempotency-Key"
LONGEST = 100
KEPT_FOR = dt.timedelta(days=7)


def do(
    request: HttpRequest, work: Callable[[Act], dict], *, status: int, rehearse: bool = False
) -> JsonResponse:
    """Run the work in one writing transaction and answer; a known key is answered from what was kept."""
    if rehearse:
        with rehearsal(actor=request.user, door="api") as act:
            answer = {**work(act), "rehearsed": True, "id": None, "url": ""}
        return JsonResponse(answer, status=200)
    key = request.headers.get(HEADER, "")
    if not key:
        with writing(actor=request.user, door="api") as act:
            answer = work(act)
        return _said(answer, status)
    if len(key) > LONGEST:
        raise Refusal(_("An idempotency key has at most 100 characters."), field=HEADER, code="key_too_long")
    digest = _digest(request)
    if kept := KeptAnswer.objects.filter(account=request.user, key=key).first():
        return _again(kept, digest)
    try:
        return _first(request, work, key, digest, status)
    except IntegrityError:
        # Somebody was quicker with the same key; anything else that broke a promise is no business of ours.
        kept = KeptAnswer.objects.filter(account=request.user, key=key).first()
        if kept is None:
            raise
        return _again(kept, digest)


def _first(request, work, key: str, digest: str, status: int) -> JsonResponse:
    with writing(actor=request.user, door="api") as act:
        # Taken first: a second try beside this one waits here and then finds the answer.
        with transaction.atomic():
            kept = KeptAnswer.objects.create(
                account=request.user, key=key, digest=digest, status=status, answer={}
            )
        kept.answer = work(act)
        kept.save(update_fields=["answer"])
    KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    return _said(kept.answer, status)


def _said(answer: dict, status: int) -> JsonResponse:
    response = JsonResponse(answer, status=status)
    if status == 201:
        response["Location"] = answer["url"]
    return response


def _again(kept: KeptAnswer, digest: str) -> JsonResponse:
    if kept.digest != digest:
        raise Refusal(
            _("This idempotency key was used for something else; take a new key for every new act."),
            field=HEADER,
            code="key_used",
        )
    response = _said(kept.answer, kept.status)
    response["Idempotency-Replayed"] = "true"
    return response


def _digest(request: HttpRequest) -> str:
    said = b"\n".join([request.method.encode(), request.get_full_path().encode(), request.body])
    return hashlib.sha256(said).hexdigest()
