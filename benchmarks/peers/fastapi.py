"""The endpoint as FastAPI's documentation would write it."""

from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import APIKeyCookie
from pydantic import BaseModel, ConfigDict

from benchmarks.peers import tokens

app = FastAPI()


class RefreshRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Refreshed(BaseModel):
    refreshed: bool


async def session(
    token: Annotated[str, Depends(APIKeyCookie(name=tokens.COOKIE))],
) -> tokens.Claims:
    try:
        return tokens.read(token)
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error


@app.post("/api/v1/auth/refresh")
async def refresh(
    response: Response,
    claims: Annotated[tokens.Claims, Depends(session)],
    body: RefreshRequest | None = None,
) -> Refreshed:
    response.set_cookie(
        tokens.COOKIE,
        tokens.renew(claims),
        max_age=tokens.LIFETIME,
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return Refreshed(refreshed=True)
