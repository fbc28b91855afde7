"""The endpoint as connexion's documentation would write it: everything else stands in connexion.yaml."""

from pathlib import Path

import connexion
import jwt

from benchmarks.peers import tokens


async def session(token: str) -> tokens.Claims | None:
    try:
        return tokens.read(token)
    except jwt.InvalidTokenError:
        return None


async def refresh(token_info: tokens.Claims) -> tuple[dict[str, bool], int, dict[str, str]]:
    return {"refreshed": True}, 200, {"Set-Cookie": tokens.set_cookie(tokens.renew(token_info))}


app = connexion.AsyncApp(__name__, specification_dir=Path(__file__).parent)
app.add_api("connexion.yaml")
