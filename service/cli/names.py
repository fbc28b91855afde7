"""Names as people type them: with blanks around, or in another Unicode form than the tokens have."""

from __future__ import annotations

from unicodedata import normalize

import click

from security import claims


def forms(name: str) -> tuple[str, ...]:
    """`name` as it was typed, without blanks around it, and both composed and decomposed (NFC and NFD, UAX #15)."""
    plain = (name, name.strip())
    return tuple(dict.fromkeys((*plain, *(normalize(form, each) for form in ("NFC", "NFD") for each in plain))))


def is_name(text: str) -> bool:
    """Whether `text` can stand in a token, as an organisation, a user or a session."""
    return claims.is_text(text) and bool(text.strip())


def check(option: str, name: str | None) -> None:
    """Raises UsageError unless `name` is None or a name."""
    if name is not None and not is_name(name):
        raise click.UsageError(f"{option}: must be 1 to 255 printable characters")


def warn_if_unusual(option: str, name: str) -> None:
    """Tells on stderr of a name that is probably meant to be another one: tokens must have it exactly so."""
    usual = normalize("NFC", name.strip())
    if name != usual:
        click.echo(f"session-refresh: warning: {option} {name!a} is not {usual!a}: it is taken as typed", err=True)
