"""Attacks on the endpoint for logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.6)."""

from __future__ import annotations

from typing import Any

from tests.support.providers import CLIENT, LOGOUT, SESSION_REVOKED, event_claims
from tests.support.statement_attacks.either import BAD_TEXTS
from tests.support.statement_attacks.rows import Row, by_other, claim, head, without
from tests.support.tokens import AUDIENCE, ISSUER, good_claims


def only(claims: Any, typ: str) -> Row:
    """Another kind of token, with its own claims and type, by a provider that is trusted."""
    return lambda p: p.token(header={"typ": typ}, claims=claims(p.now), without=("events",))


def id_token(now: int) -> dict[str, Any]:
    """What an ID token has beside `sub` and `sid`."""
    return {"auth_time": now, "acr": "1", "azp": CLIENT}


NO_OBJECTS: list[Any] = [True, None, "", []]


LOGOUTS: dict[str, Row] = {
    "malformed: sub and sid missing": without("sub", "sid"),
    **{f"malformed: sid {kind}": claim(sid=value) for kind, value in BAD_TEXTS.items()},
    **{f"malformed: sub {kind}, beside sid": claim(sub=value) for kind, value in BAD_TEXTS.items()},
    "malformed: events of CAEP": claim(events={SESSION_REVOKED: {}}),
    "malformed: events of the same name by https": claim(events={LOGOUT.replace("http:", "https:"): {}}),
    "malformed: events of the same name and a slash": claim(events={LOGOUT + "/": {}}),
    "malformed: events of the same name in capitals": claim(events={LOGOUT.upper(): {}}),
    **{f"malformed: the event {value!r}": claim(events={LOGOUT: value}) for value in NO_OBJECTS},
    "malformed: typ of a security event": head(typ="secevent+jwt"),
    "malformed: an ID token": only(id_token, "JWT"),
    "malformed: an ID token with a nonce and the event": claim(nonce="n"),
    "malformed: a session token of our own": lambda p: p.token(
        header={"typ": "vk-session+jwt"}, claims={**good_claims(p.now), "iss": ISSUER, "aud": AUDIENCE}
    ),
    "malformed: a security event": lambda p: p.token(header={"typ": "JWT"}, claims=event_claims(p.now)),
    "malformed: organisation not named": by_other(without=("sid",)),
    **{f"malformed: organisation {kind}": by_other(without=("sid",), org_id=value) for kind, value in BAD_TEXTS.items()},
}  # fmt: skip
