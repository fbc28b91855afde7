"""The generated Python client at a running service: what mypy knows of its answers, and that they come."""

import os
from typing import assert_type

from session_refresh_client import Client
from session_refresh_client.api.authentication import refresh_auth_session
from session_refresh_client.models import (
    ErrorResponse,
    ErrorResponseError,
    RefreshAuthSessionVerifaVersion,
    RefreshResponse,
)


def client(token: str) -> Client:
    # httpx keeps a Secure cookie to itself over http, so the header is written out.
    return Client(base_url=os.environ["SERVICE"], headers={"Cookie": f"vk_org_token={token}"})


def refreshes() -> None:
    version = RefreshAuthSessionVerifaVersion("2026-01-01")
    answer = refresh_auth_session.sync_detailed(client=client(os.environ["TOKEN"]), verifa_version=version)
    match answer.parsed:
        case RefreshResponse(refreshed=refreshed):
            assert_type(refreshed, bool)
            if refreshed is not True or answer.headers["Verifa-Version"] != version:
                raise SystemExit(f"python: not refreshed as asked: {answer}")
        case other:
            raise SystemExit(f"python: not refreshed: {other}")


def refuses() -> None:
    match refresh_auth_session.sync(client=client("a.b.c")):
        case ErrorResponse(error=error, detail=detail, status_code=status):
            assert_type(error, ErrorResponseError)
            assert_type(detail, str)
            assert_type(status, int)
            if (error, status) != (ErrorResponseError.UNAUTHORIZED, 401):
                raise SystemExit(f"python: not refused as unauthorized: {error} {status}")
        case other:
            raise SystemExit(f"python: not refused: {other}")


def takes_no_other_version() -> None:
    """Never called: mypy fails if this line is not an error."""
    refresh_auth_session.sync(client=client(""), verifa_version="2026-01-01")  # type: ignore[arg-type]


refreshes()
refuses()
print("python: refreshed, and refused")
