"""`revoke`: ends sessions."""

from __future__ import annotations

import time
from itertools import product

import click

from security.revocations import NOW, Revocation, seconds_until_later
from service.cli import dates, names, state, trail
from service.state import audit


@click.command()
@click.option("--session", help="The id of one session (sid).")
@click.option("--user", help="A user (sub); with --org.")
@click.option("--org", help="An organisation; alone: all of its users.")
@click.option("--except", "kept", metavar="SID", help="A session of that --user that goes on.")
@click.option("--reason", default="", help="Why: for the audit trail.")
def revoke(session: str | None, user: str | None, org: str | None, kept: str | None, reason: str) -> None:
    """Revoke sessions, and print what is revoked, and where.

    Returns once that is durable, and any later sign-in is good. It is in force in every worker within 2 seconds.
    """
    given = (session is not None, user is not None, org is not None)
    if given not in {(True, False, False), (False, True, True), (False, False, True)}:
        raise click.UsageError("give --session SID, or --user SUB with --org ORG, or --org ORG")
    if kept is not None and user is None:
        raise click.UsageError("--except: only with --user")
    for option, value in (("--session", session), ("--user", user), ("--org", org), ("--except", kept)):
        names.check(option, value)
    names.check("--reason", reason or None)
    # Each form of it would be an exception of its own, and what excepts two sessions excepts none.
    if kept is not None and len(names.forms(kept)) > 1:
        raise click.UsageError(
            "--except: has blanks around or several Unicode forms, so which session it is is not known"
        )
    settings = state.settings()
    # Tokens are compared to the byte. Who typed a name cannot see in which form they have it: each one is revoked.
    named = product(*(names.forms(name or "") for name in (session, org, user)))
    entries = [Revocation(NOW, sid, organisation, sub, except_session=kept or "") for sid, organisation, sub in named]
    record = audit.of_revocations(entries, trail.actor(), reason)
    moment = state.with_tables(settings, lambda store: store.revoke(entries, record))
    trail.log(settings, record)
    click.echo(f"revoked in {settings.database_place}:")
    until = "" if session is not None else f": sessions signed in until {dates.text(moment)}"
    for target in audit.targets(entries):
        click.echo(f"{target}{until}")
    if len(entries) > 1:
        click.echo("session-refresh: warning: blanks around, or several Unicode forms: each form is revoked", err=True)
    click.echo("Whether there is such a user or session is not known here: these names are compared to the character.")
    if session is None:
        time.sleep(seconds_until_later(moment))
