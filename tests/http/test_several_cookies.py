"""The session cookie with several values, as after a change of COOKIE_DOMAIN: each is judged by itself."""

from __future__ import annotations

import itertools
import time

import jwt
import pytest

from tests.support.assertions import UNAUTHORIZED, assert_problem, assert_refreshed
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def shop(start_shared):
    """A service, and values of the cookie by name."""
    running = start_shared(RATE_LIMIT="1000000/minute", FAILURE_RATE_LIMIT="1000000/minute")
    now = int(time.time())
    signed: dict[str, dict[str, object]] = {
        "good": {"exp": now + 3600},
        "later": {"exp": now + 7200},
        "other session": {"sid": "another"},
        "other user": {"sub": "user-2"},
        "other organisation": {"org": "org-2"},
        "expired": {"iat": now - 7200, "exp": now - 3600},
        "stepped up": {"auth_time": now, "iat": now, "exp": now + 1800},
        "from before, refreshed later": {"auth_time": now - 3600, "iat": now, "exp": now + 7200},
        "expired too": {"iat": now - 7200, "exp": now - 3601},
        "of another issuer": {"iss": "https://elsewhere.example"},
        "revoked": {"sid": "revoked"},
        "from the future": {"iat": now + 7200, "exp": now + 36000},
    }
    values = {name: running.sign(name=name, **claims) for name, claims in signed.items()}
    values |= {"empty": "", "deleted": "deleted", "quoted": f'"{values["good"]}"'}
    values |= {"cut off": values["good"][:-9], "forged": values["good"][:-4] + "AAAA"}
    running.cli("revoke", "--session", "revoked")
    wait_for(lambda: running.refresh(values["revoked"]).status == 401, "the revocation to be in force")
    return running, values


# By the values' names: the name of the value that is refreshed.
REFRESHED = [
    (("good", "good"), "good"),
    (("good", "good", "good", "good", "good", "good"), "good"),
    (("good", "empty"), "good"),
    (("good", "deleted"), "good"),
    (("good", "quoted"), "good"),
    (("good", "cut off"), "good"),
    (("good", "forged"), "good"),
    (("good", "expired"), "good"),
    (("good", "of another issuer"), "good"),
    (("good", "revoked"), "good"),
    (("good", "from the future"), "good"),
    (("good", "later"), "later"),
    (("good", "later", "expired"), "later"),
    (("good", "empty", "deleted", "revoked"), "good"),
    (("stepped up", "from before, refreshed later"), "stepped up"),
    (("stepped up", "from before, refreshed later", "expired"), "stepped up"),
]
REFUSED = [
    (("good", "other session"), "cookie: good values of two sessions"),
    (("good", "other user"), "cookie: good values of two sessions"),
    (("good", "other organisation"), "cookie: good values of two sessions"),
    (("good", "later", "other session"), "cookie: good values of two sessions"),
    (("good", "empty", "deleted", "expired", "expired too"), "cookie: more than 4 values"),
    (("expired", "expired too"), "claim exp: expired"),
    (("empty", "deleted"), "token: not three base64url parts"),
    (("quoted", "empty"), "token: not three base64url parts"),
]


def ways(values):
    """The ways to send them: in each order (of the longer lists, in two), in one header and in one each."""
    orders = itertools.permutations(values) if len(values) < 4 else (values, values[::-1])
    for order in orders:
        yield ["Cookie: a=b; " + "; ".join(f"vk_org_token={value}" for value in order) + "; c=d"]
        yield ["Cookie: a=b", *(f"Cookie: vk_org_token={value}" for value in order)]


@pytest.mark.parametrize(
    ("names", "taken"), REFRESHED, ids=lambda part: part if isinstance(part, str) else " + ".join(part)
)
def test_values_that_state_no_good_session_do_not_matter(shop, names, taken):
    """If the good ones state one session, the latest sign-in counts, then the one that expires last, wherever it stands."""
    running, values = shop
    for headers in ways([values[name] for name in names]):
        reply = running.request(*headers)
        claims = jwt.decode(assert_refreshed(reply), options={"verify_signature": False})
        assert claims["name"] == taken


@pytest.mark.parametrize(
    ("names", "reason"), REFUSED, ids=lambda part: part if isinstance(part, str) else " + ".join(part)
)
def test_values_that_leave_open_who_is_calling_are_refused(shop, names, reason):
    """Good values of two sessions, too many values, and values none of which is good: the one 401, and a reason in the log."""
    running, values = shop
    for headers in ways([values[name] for name in names]):
        reply = running.request(*headers)
        assert_problem(reply, 401)
        assert reply.body == UNAUTHORIZED
        assert running.reason_of(reply) == reason


@pytest.mark.parametrize("names", [("from the future", "expired"), ("from the future", "empty", "revoked")])
def test_value_that_cannot_be_judged_is_an_outage_if_none_is_good(shop, names):
    """A clock is wrong: to sign in again might not help."""
    running, values = shop
    for headers in ways([values[name] for name in names]):
        assert_problem(running.request(*headers), 503)


def test_revoked_session_among_two_is_none_of_two(shop):
    """Once one of two sessions is revoked, as by its sign-out, the other is refreshed."""
    running, values = shop
    old = running.sign(sid="signed-out")
    both = f"Cookie: vk_org_token={old}; vk_org_token={values['good']}"
    assert_problem(running.request(both), 401)
    running.cli("revoke", "--session", "signed-out")
    wait_for(lambda: running.request(both).status == 200, "the revocation to be in force")
