"""This room is for a provider of sign-ins (OpenID Connect) on loopback: strict about what it is asked, and
able to lie about what it answers.

It keeps to OpenID Connect Core: discovery, authorization code with PKCE (S256), one use of a code, the secret
of the client, RS256 signatures with a published key. ``lies`` names what is wrong with its next tokens.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "orgwork", "a secret of the client"


class Provider:
    """Serves until closed. ``subject`` is who signs in next; nobody is asked for a password."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        self.other = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        self.subject, self.amr, self.lies = "s-1", [], set()
        self.codes: dict[str, dict] = {}
        self.asked: list[dict] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    # ── what it answers ─────────────────────────────────────────────────────────────────────────────────

    def described(self) -> dict:
        issuer = "https://elsewhere.example" if "issuer" in self.lies else self.issuer
        return {
            "issuer": issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/leave", "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }  # fmt: skip

    def keys(self) -> dict:
        return {"keys": [self.key.as_dict(private=False)]}

    def authorize(self, asked: dict) -> tuple[int, str]:
        """Back to the house with a code, as if somebody had signed in."""
        self.asked.append(asked)
        good = (
            asked.get("client_id") == CLIENT and asked.get("response_type") == "code"
            and "openid" in asked.get("scope", "").split() and asked.get("code_challenge_method") == "S256"
            and asked.get("code_challenge") and asked.get("state") and asked.get("nonce")
        )  # fmt: skip
        if not good:
            return 400, "invalid_request"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"]}
        return 302, asked["redirect_uri"] + "?" + urlencode(answer)

    def token(self, said: dict, authorization: str) -> tuple[int, dict]:
        asked = self.codes.pop(said.get("code", ""), None)
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization != basic and said.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client"}
        digest = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
        proved = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or asked["redirect_uri"] != said.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        if proved != asked["code_challenge"]:
            return 400, {"error": "invalid_grant", "error_description": "PKCE"}
        answer = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 300}
        if "no token" not in self.lies:
            answer["id_token"] = self.id_token(asked["nonce"])
        return 200, answer

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": nonce, "amr": self.amr, "email": "director@example.org", "preferred_username": "huong",
        }  # fmt: skip
        wrong = {
            "nonce": {"nonce": "of another sign-in"},
            "audience": {"aud": "another-house"},
            "expired": {"iat": now - 7200, "exp": now - 3600},
            "wrong iss": {"iss": "https://elsewhere.example"},
        }
        for lie in self.lies & set(wrong):
            claims |= wrong[lie]
        if "no nonce" in self.lies:
            del claims["nonce"]
        if "unsigned" in self.lies:
            return ".".join([_part({"alg": "none", "typ": "JWT"}), _part(claims), ""])
        if "shared secret" in self.lies:
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET * 2))
        key = self.other if "other key" in self.lies else self.key
        text = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
        if "altered" in self.lies:
            head, _body, signature = text.split(".")
            return ".".join([head, _part({**claims, "sub": "somebody else"}), signature])
        return text

    def _handler(self):
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                parts = urlsplit(self.path)
                if parts.path == "/.well-known/openid-configuration":
                    return self.say(200, provider.described())
                if parts.path == "/keys":
                    return self.say(200, provider.keys())
                if parts.path == "/authorize":
                    status, text = provider.authorize({k: v[0] for k, v in parse_qs(parts.query).items()})
                    if status == 302:
                        self.send_response(302)
                        self.send_header("Location", text)
                        self.end_headers()
                        return None
                    return self.say(status, {"error": text})
                return self.say(200, {"left": True})

            def do_POST(self):
                text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                said = {name: values[0] for name, values in parse_qs(text).items()}
                self.say(*provider.token(said, self.headers.get("Authorization", "")))

            def say(self, status, body):
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_said):
                """Quiet."""

        return Handler


def _part(said: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
