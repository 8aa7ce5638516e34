"""This room is for the arithmetic of second factors: one-time codes, recovery codes, passkeys, the cipher.

One-time codes are RFC 6238 as every authenticator app speaks it; passkeys are WebAuthn, whose ceremonies the
library fido2 checks. Nothing here writes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

STEP = 30
DIGITS = 6
#: Steps before and after the present one that are taken too: clocks differ, fingers are slow.
DRIFT = 1
#: Without letters and figures that look alike when read aloud or copied by hand.
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
RECOVERY_CODES, RECOVERY_LETTERS = 10, 15


class Unreadable(ValueError):
    """A secret enciphered under a key that is gone."""


# ── the cipher ──────────────────────────────────────────────────────────────────────────────────────────


def encipher(text: str) -> str:
    return _cipher().encrypt(text.encode()).decode()


def decipher(text: str) -> str:
    """With the present key or one before it (``SECRET_KEY_FALLBACKS``)."""
    try:
        return _cipher().decrypt(text.encode()).decode()
    except InvalidToken as fault:
        raise Unreadable from fault


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(str(key))) for key in keys])


def _derived(key: str) -> bytes:
    found = hmac.new(key.encode(), b"orgwork.second-factor", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(found)


# ── one-time codes ──────────────────────────────────────────────────────────────────────────────────────


def new_key() -> str:
    """160 bits, as RFC 4226 recommends, in the letters that apps take."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(key: str, step: int) -> str:
    digest = hmac.new(base64.b32decode(key), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(key: str, code: str, *, at: float, after: int = -1) -> int | None:
    """The step whose code this is; None if it is none, or not later than the last one used."""
    now = int(at) // STEP
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        # All are compared, so that the time taken says nothing.
        if hmac.compare_digest(code_at(key, step), code) and step > after:
            found = step
    return found


def app_address(key: str, *, account: str, house: str) -> str:
    """What the square code says to the app."""
    label = quote(f"{house}:{account}")
    return f"otpauth://totp/{label}?" + urlencode({"secret": key, "issuer": house})


def spaced(key: str) -> str:
    return " ".join(key[n : n + 4] for n in range(0, len(key), 4))


# ── recovery codes and codes of the help desk ───────────────────────────────────────────────────────────


def fresh_letters(groups: int) -> str:
    """Five letters a group, 25 bits each, and still typed without a mistake."""
    return "-".join("".join(secrets.choice(LETTERS) for _n in range(5)) for _g in range(groups))


def letters_digest(purpose: str, text: str) -> str:
    """Keyed, and the same however the groups were typed."""
    return salted_hmac(f"orgwork.{purpose}", plain_letters(text), algorithm="sha256").hexdigest()


def plain_letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


# ── keys for programs ───────────────────────────────────────────────────────────────────────────────────

PREFIX = "orgwork_"


def fresh_token() -> str:
    """240 bits; the beginning lets scanners of published code know it for what it is."""
    return PREFIX + secrets.token_urlsafe(30)


def token_digest(token: str) -> str:
    """Plain, since nobody guesses 240 bits; a new secret key of the house ends no token."""
    return hashlib.sha256(token.encode()).hexdigest()


# ── passkeys ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Assertion:
    """Which passkey answered, and how often it has."""

    credential: str
    counter: int


def passkeys_work_at(host: str, *, secure: bool) -> bool:
    """Browsers make passkeys for names reached by https, and for localhost; never for a bare address."""
    name = host_name(host)
    return name == "localhost" or (secure and any(letter.isalpha() for letter in name) and ":" not in name)


def host_name(host: str) -> str:
    return host.rsplit(":", 1)[0] if host.count(":") == 1 else host


def begin_passkey(host: str, *, account: int, username: str, shown: str, known: Iterable[str]):
    """(what the browser is asked, what to remember until it answers)."""
    user = PublicKeyCredentialUserEntity(
        # Not the bare number: a passkey's handle is shown to whoever holds the key.
        id=salted_hmac("orgwork.passkey", str(account), algorithm="sha256").digest(),
        name=username,
        display_name=shown or username,
    )
    asked, state = _server(host).register_begin(
        user,
        [_credential(one) for one in known],
        # Found by the device itself where it can: then it opens the house without a name.
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(asked), dict(state)


def complete_passkey(host: str, state: Mapping, answer: Mapping[str, Any]) -> tuple[str, str, int]:
    """(public key to keep, digest of its number, counter); ValueError when the answer does not hold."""
    data = _server(host).register_complete(state, answer)
    if data.credential_data is None:
        raise ValueError("no credential")
    kept = base64.b64encode(bytes(data.credential_data)).decode()
    return kept, credential_digest(data.credential_data.credential_id), data.counter


def begin_assertion(host: str, known: Iterable[str]):
    asked, state = _server(host).authenticate_begin(
        [_credential(one) for one in known], user_verification=UserVerificationRequirement.PREFERRED
    )
    return dict(asked), dict(state)


def begin_alone(host: str):
    """Any passkey of this house that the device has, unlocked by its owner: two factors in one."""
    asked, state = _server(host).authenticate_begin(
        None, user_verification=UserVerificationRequirement.REQUIRED
    )
    return dict(asked), dict(state)


def credential_of(answer: Mapping[str, Any]) -> str:
    """The digest of the passkey that an answer comes from; ValueError where it names none."""
    from fido2.webauthn import AuthenticationResponse

    return credential_digest(AuthenticationResponse.from_dict(answer).raw_id)


def complete_assertion(
    host: str, state: Mapping, known: Iterable[str], answer: Mapping[str, Any]
) -> Assertion:
    from fido2.webauthn import AuthenticationResponse

    found = _server(host).authenticate_complete(state, [_credential(one) for one in known], answer)
    counter = AuthenticationResponse.from_dict(answer).response.authenticator_data.counter
    return Assertion(credential_digest(found.credential_id), counter)


def credential_digest(number: bytes) -> str:
    return hashlib.sha256(number).hexdigest()


def _server(host: str) -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id=host_name(host), name="Orgwork"))


def _credential(kept: str) -> AttestedCredentialData:
    return AttestedCredentialData(base64.b64decode(kept))
