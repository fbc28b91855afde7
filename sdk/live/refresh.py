"""The generated Python client at a running service: what mypy knows of its answers, and that they come."""

import os
from http.cookies import SimpleCookie
from typing import assert_type

from session_refresh_client import Client
from session_refresh_client.api.authentication import refresh_auth_session
from session_refresh_client.models import ApiVersion, ErrorCode, ErrorResponse, RefreshResponse


def client(token: str) -> Client:
    """Sends the token with each request, written out: httpx keeps a Secure cookie to itself over http."""
    return Client(base_url=os.environ["SERVICE"], headers={"Cookie": f"vk_org_token={token}"})


def next_token(token: str) -> str:
    """Refreshes a session, and returns the token that takes the place of this one."""
    answer = refresh_auth_session.sync_detailed(client=client(token), verifa_version=ApiVersion.V2026_01_01)
    if not isinstance(answer.parsed, RefreshResponse):
        raise SystemExit(f"python: not refreshed: {answer.parsed}")
    return SimpleCookie(answer.headers["Set-Cookie"])["vk_org_token"].value


def refreshes(token: str) -> None:
    second = next_token(token)
    if second == token or next_token(second) == second:
        raise SystemExit("python: the token stayed the same")


def refreshes_by_key(token: str) -> None:
    keyed = client(token).with_headers({"X-API-Key": os.environ["API_KEY"]})
    answer = refresh_auth_session.sync_detailed(client=keyed)
    match answer.parsed:
        case RefreshResponse(refreshed=refreshed):
            assert_type(refreshed, bool)
            if refreshed is not True or answer.headers["Verifa-Version"] != ApiVersion.V2026_01_01:
                raise SystemExit(f"python: not the version of the key: {answer}")
        case other:
            raise SystemExit(f"python: not refreshed by key: {other}")


def refuses(token: str) -> None:
    match refresh_auth_session.sync(client=client(token)):
        case ErrorResponse(error=error, detail=detail, status_code=status):
            assert_type(error, ErrorCode)
            assert_type(detail, str)
            assert_type(status, int)
            if (error, status) != (ErrorCode.UNAUTHORIZED, 401):
                raise SystemExit(f"python: not refused as unauthorized: {error} {status}")
        case other:
            raise SystemExit(f"python: not refused: {other}")


def takes_no_other_version() -> None:
    """Never called: mypy fails if this line is not an error."""
    refresh_auth_session.sync(client=client(""), verifa_version="2026-01-01")  # type: ignore[arg-type]


refreshes(os.environ["TOKEN"])
refreshes_by_key(os.environ["TOKEN"])
refuses("a.b.c")
print("python: refreshed, and refused")
