"""The endpoint as Starlette's documentation would write it."""

import jwt
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.peers import tokens


async def refresh(request: Request) -> JSONResponse:
    try:
        claims = tokens.read(request.cookies.get(tokens.COOKIE, ""))
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    response = JSONResponse({"refreshed": True})
    response.set_cookie(
        tokens.COOKIE,
        tokens.renew(claims),
        max_age=tokens.LIFETIME,
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return response


app = Starlette(routes=[Route("/api/v1/auth/refresh", refresh, methods=["POST"])])
