"""`login` and `revoke`: a sign-in for development, and revoking sessions."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product

import click

from security import claims, tokens
from security.errors import Problem
from security.keys import KeySet
from security.random_ids import RandomIds
from security.revocations import NOW, Revocation
from security.tokens import LIFETIME
from service.api import contract
from service.api.contract import Contract
from service.cli import names, state
from service.demo.sign_in import new_session
from service.runtime.settings import Settings


def sign_in(settings: Settings, keys: KeySet, sub: str, org: str, sid: str | None = None) -> str:
    """A token for a new session. Raises UsageError if these make no valid one."""
    now = int(time.time())
    session = new_session(settings.policy, sub, org, now, sid)
    try:
        claims.check({**session.claims, "iat": now, "exp": now + LIFETIME}, settings.policy, now)
        return tokens.issue(session, keys, now, RandomIds()()).decode("ascii")
    except Problem as error:
        raise click.UsageError(f"these do not make a valid session: {error.reason}") from error


def call(document: Contract, url: str, token: str) -> str:
    """The documented call for a shell, to the service at `url`."""
    path = next(iter(document.methods))
    cookie = f"Cookie: {document.cookie_name}={token}"
    return shlex.join(["curl", "-i", "-X", "POST", url.rstrip("/") + path, "-H", cookie])


@click.command()
@click.option("--sub", required=True, help="The user.")
@click.option("--org", required=True, help="The user's organisation.")
@click.option("--sid", help="The session's id; a random one by default.")
@click.option("--format", "style", type=click.Choice(["token", "cookie", "curl"]), default="token", show_default=True)
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="The service, for --format curl.")
def login(sub: str, org: str, sid: str | None, style: str, url: str) -> None:
    """Print a session token: a sign-in for development, made with the signing key."""
    settings = state.settings()
    token = sign_in(settings, state.key_set(settings), sub, org, sid)
    document = contract.load()
    forms = {"token": token, "cookie": f"{document.cookie_name}={token}", "curl": call(document, url, token)}
    click.echo(forms[style])


@click.command()
@click.option("--session", help="The id of one session (sid).")
@click.option("--user", help="A user (sub); with --org.")
@click.option("--org", help="An organisation; alone: all of its users.")
def revoke(session: str | None, user: str | None, org: str | None) -> None:
    """Revoke sessions, and print what is revoked, and where.

    Returns once that is durable, and any later sign-in is good. It is in force in every worker within 2 seconds.
    """
    given = (session is not None, user is not None, org is not None)
    if given not in {(True, False, False), (False, True, True), (False, False, True)}:
        raise click.UsageError("give --session SID, or --user SUB with --org ORG, or --org ORG")
    for option, value in (("--session", session), ("--user", user), ("--org", org)):
        names.check(option, value)
    settings = state.settings()
    # Tokens are compared to the byte. Who typed a name cannot see in which form they have it: each one is revoked.
    named = product(*(names.forms(name or "") for name in (session, org, user)))
    entries = [Revocation(NOW, *each) for each in named]
    moment = state.with_tables(settings, lambda store: store.revoke(entries))
    click.echo(f"revoked in {settings.database_place}:")
    shown = repr if len(entries) == 1 else ascii  # so that they look different
    for entry in entries:
        click.echo(_told(entry, moment, shown))
    if len(entries) > 1:
        click.echo("session-refresh: warning: blanks around, or several Unicode forms: each form is revoked", err=True)
    click.echo("Whether there is such a user or session is not known here: these names are compared to the character.")
    if session is None:  # sessions are compared by whole seconds: a sign-in within this one would be covered
        time.sleep(int(moment) + 1 - moment)


def _told(entry: Revocation, moment: float, shown: Callable[[str], str]) -> str:
    if entry.session_id:
        return f"session {shown(entry.session_id)}"
    who = f"user {shown(entry.subject)} of organisation" if entry.subject else "all users of organisation"
    until = datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{who} {shown(entry.organisation)}: sessions signed in until {until}"
