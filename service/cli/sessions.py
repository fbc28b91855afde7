"""`login` and `revoke`: a sign-in for development, and revoking sessions."""

from __future__ import annotations

import shlex
import time

import click

from security import claims, tokens
from security.errors import Unauthorized
from security.random_ids import RandomIds
from security.revocations import Revocation
from security.tokens import LIFETIME
from service.api import contract
from service.cli import state
from service.demo.sign_in import new_session


@click.command()
@click.option("--sub", required=True, help="The user.")
@click.option("--org", required=True, help="The user's organisation.")
@click.option("--sid", help="The session's id; a random one by default.")
@click.option("--format", "style", type=click.Choice(["token", "cookie", "curl"]), default="token", show_default=True)
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="The service, for --format curl.")
def login(sub: str, org: str, sid: str | None, style: str, url: str) -> None:
    """Print a session token: a sign-in for development, made with the signing key."""
    settings = state.settings()
    keys = state.key_set(settings)
    now = int(time.time())
    session = new_session(settings.policy, sub, org, now, sid)
    try:
        claims.check({**session.claims, "iat": now, "exp": now + LIFETIME}, settings.policy, now)
        token = tokens.issue(session, keys, now, RandomIds()()).decode("ascii")
    except Unauthorized as error:
        raise click.UsageError(f"these do not make a valid session: {error.reason}") from error
    document = contract.load()
    cookie = f"{document.cookie_name}={token}"
    path = next(iter(document.methods))
    call = shlex.join(["curl", "-i", "-X", "POST", url.rstrip("/") + path, "-H", f"Cookie: {cookie}"])
    click.echo({"token": token, "cookie": cookie, "curl": call}[style])


@click.command()
@click.option("--session", help="The id of one session (sid).")
@click.option("--user", help="A user (sub); with --org.")
@click.option("--org", help="An organisation; alone: all of its users.")
def revoke(session: str | None, user: str | None, org: str | None) -> None:
    """Revoke sessions. Returns once that is durable; it is in force in every worker within 2 seconds."""
    given = (session is not None, user is not None, org is not None)
    if given not in {(True, False, False), (False, True, True), (False, False, True)}:
        raise click.UsageError("give --session SID, or --user SUB with --org ORG, or --org ORG")
    for name, value in (("--session", session), ("--user", user), ("--org", org)):
        if value is not None and not claims.REQUIRED["sid"](value):
            raise click.UsageError(f"{name}: must be 1 to 255 printable characters")
    entry = Revocation(int(time.time()), session or "", org or "", user or "")
    state.with_store(state.settings(), lambda store: store.revoke([entry]))
