"""The endpoint as FastAPI's documentation would write it."""

from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import APIKeyCookie
from pydantic import BaseModel

from benchmarks.peers import tokens

app = FastAPI()


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
async def refresh(response: Response, claims: Annotated[tokens.Claims, Depends(session)]) -> Refreshed:
    response.set_cookie(
        tokens.COOKIE,
        tokens.renew(claims),
        max_age=tokens.LIFETIME,
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return Refreshed(refreshed=True)
