"""A small OpenID Connect server on loopback, as strict as the standard about what we send."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

CLIENT_ID, CLIENT_SECRET = "cascade", "a secret of the client"


class OidcServer:
    """`claims` are of whoever signs in next; `wrong` names what it does against the standard."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.forget()

    def forget(self) -> None:
        self.claims: dict[str, Any] = {"sub": "1", "preferred_username": "carol"}
        self.asked: dict[str, list[str]] = {}
        self.codes: dict[str, dict[str, list[str]]] = {}
        self.calls: list[str] = []
        self.refused: list[str] = []
        self.wrong = ""

    def consent(self, location: str) -> str:
        """Where a browser that was sent here is sent back to, its user having agreed."""
        asked = parse_qs(urlsplit(location).query, strict_parsing=True)
        assert location.startswith(f"{self.url}/authorize?")
        assert asked["response_type"] == ["code"] and asked["client_id"] == [CLIENT_ID]
        assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
        assert asked["code_challenge_method"] == ["S256"]
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri'][0]}?code={code}&state={asked['state'][0]}"

    def answer(self, path: str, sent: dict[str, list[str]], headers: Any) -> tuple[int, Any]:
        self.calls.append(path)
        match path:
            case _ if self.wrong == path:
                return 500, {"error": "canary of the server"}
            case "/.well-known/openid-configuration":
                return 200, self.configuration()
            case "/token" if self.wrong == "redirect":
                return 307, {"to": f"{self.url}/elsewhere"}
            case "/token":
                return self.token(sent)
            case "/userinfo":
                is_known = headers["Authorization"] == "Bearer an access token"
                return (200, self.claims) if is_known else (401, {})
        return 404, {}

    def configuration(self) -> dict[str, Any]:
        if self.wrong == "configuration":
            return {"issuer": self.url}
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def token(self, sent: dict[str, list[str]]) -> tuple[int, Any]:
        asked = self.codes.pop(sent["code"][0], None)
        verifier = sent.get("code_verifier", [""])[0].encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=")
        is_right = (
            asked is not None
            and asked["code_challenge"] == [challenge.decode()]
            and asked["redirect_uri"] == sent["redirect_uri"]
            and sent["client_secret"] == [CLIENT_SECRET]
        )
        if not is_right:
            self.refused.append(sent["code"][0])
            return 400, {"error": "invalid_grant"}
        audience = "another" if self.wrong == "audience" else CLIENT_ID
        issuer = "https://another" if self.wrong == "issuer" else self.url
        now = time.time() - (7200 if self.wrong == "expired" else 0)
        claims = {"iss": issuer, "aud": audience, "iat": now, "exp": now + 3600, **self.claims}
        signed = jwt.encode(claims, "a key of the server, long enough for HS256")
        return 200, {"access_token": "an access token", "token_type": "Bearer", "id_token": signed}

    @contextmanager
    def running(self) -> Iterator[None]:
        oidc = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if not self.path.startswith("/authorize?"):
                    return self.reply({})
                self.send_response(302)
                self.send_header("Location", oidc.consent(f"{oidc.url}{self.path}"))
                self.end_headers()

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                self.reply(parse_qs(self.rfile.read(length).decode()))

            def reply(self, sent: dict[str, list[str]]) -> None:
                status, found = oidc.answer(urlsplit(self.path).path, sent, self.headers)
                content = json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if status == 307:
                    self.send_header("Location", found["to"])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments: object) -> None:
                pass

        place = urlsplit(self.url)
        server = ThreadingHTTPServer((place.hostname or "", place.port or 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
