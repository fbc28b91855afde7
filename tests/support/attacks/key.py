"""Attacks on the choice of the key: a stranger's key, another key of ours, a kid that names none."""

from __future__ import annotations

from tests.support.attacks.changes import Attack, head

KEYS: dict[str, Attack] = {
    "key of a stranger under a known kid": lambda f: f.token(key={**f.foreign, "kid": "ed"}),
    "RS256 under the kid of the ES256 key": lambda f: f.token(kid="rs", header={"kid": "es"}),
    "ES256 under the kid of the RS256 key": lambda f: f.token(kid="es", header={"kid": "rs"}),
    "ES256 under the kid and alg of the RS256 key": lambda f: f.token(kid="es", header={"kid": "rs", "alg": "RS256"}),
    "key of a stranger under its own kid": lambda f: f.token(key=f.foreign),
    "kid of another key of ours": head(kid="es"),
    "kid of another key, its algorithm": head(kid="rs", alg="RS256"),
    "kid of the key that signs elsewhere": head(kid="elsewhere"),
    "kid missing, several keys": lambda f: f.token(without_header=("kid",)),
    "kid null": head(kid=None),
    "kid empty": head(kid=""),
    "kid a number": head(kid=0),
    "kid true": head(kid=True),
    "kid a list": head(kid=["ed"]),
    "kid an object": head(kid={"ed": "ed"}),
    "kid in capitals": head(kid="ED"),
    "kid with a blank": head(kid="ed "),
    "kid with NUL": head(kid="ed\0"),
    "kid a path": head(kid="../../../../dev/null"),
    "kid a query": head(kid="ed' OR '1'='1"),
    "kid very long": head(kid="e" * 2000),
}
