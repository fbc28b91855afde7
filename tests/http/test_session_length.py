"""Sessions that end by themselves: by their age, or because nobody used them. A step-up lasts."""

from __future__ import annotations

import time

import jwt
import pytest

from tests.support.assertions import UNAUTHORIZED, assert_problem, assert_refreshed

HOUR = 3600


@pytest.fixture(scope="module")
def limited(start_shared):
    """A service whose sessions last ten hours, or one hour without a refresh."""
    return start_shared(MAX_SESSION_AGE=str(10 * HOUR), IDLE_TIMEOUT=str(HOUR))


def signed(service, **ago):
    """A token whose `iat` and `auth_time` are that many seconds ago, with its further claims."""
    now = int(time.time())
    times = {name: now - value if name in ("iat", "auth_time") else value for name, value in ago.items()}
    return service.sign(exp=now + 4 * HOUR, **times)


IDLE = "session: idle for too long"
OLD = "session: older than its maximum age"
SLACK = 30  # the test is slower than the clock

#        claims                                                           reason; empty: refreshed
RULES = {
    "used a moment ago": ({"iat": 10, "auth_time": 10}, ""),
    "idle, nearly for too long": ({"iat": HOUR - SLACK}, ""),
    "idle for too long": ({"iat": HOUR + 1}, IDLE),
    "idle for too long by its own claim": ({"iat": 61, "session_idle": 60}, IDLE),
    "a claim does not loosen the idle timeout": ({"iat": HOUR + 1, "session_idle": 2 * HOUR}, IDLE),
    "old, nearly too old": ({"iat": 10, "auth_time": 10 * HOUR - SLACK}, ""),
    "too old": ({"iat": 10, "auth_time": 10 * HOUR + 1}, OLD),
    "too old by its own claim": ({"iat": 10, "auth_time": HOUR + 1, "session_max_age": HOUR}, OLD),
    "a claim does not loosen the maximum age": (
        {"iat": 10, "auth_time": 10 * HOUR + 1, "session_max_age": 20 * HOUR}, OLD
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_session_ends_by_its_age_or_unused(limited, name):
    """The shorter of the setting and the claim counts. All get the one 401; the log has the reason."""
    claims, reason = RULES[name]
    reply = limited.refresh(signed(limited, **claims))
    if not reason:
        assert_refreshed(reply)
        return
    assert_problem(reply, 401)
    assert reply.body == UNAUTHORIZED
    assert limited.reason_of(reply) == reason


def test_session_in_use_is_never_idle(limited):
    """A refresh counts the idle time from the beginning; the claims that shorten a session are carried over."""
    own = {"session_idle": HOUR, "session_max_age": 2 * HOUR, "idp_iss": "https://idp.example", "idp_sid": "p-1"}
    fresh = assert_refreshed(limited.refresh(signed(limited, iat=HOUR - SLACK, auth_time=HOUR, **own)))
    claims = jwt.decode(fresh, options={"verify_signature": False})
    assert claims["iat"] >= time.time() - SLACK
    assert {name: claims[name] for name in own} == own
    assert_refreshed(limited.refresh(fresh))


@pytest.mark.parametrize(("own", "lasts"), [({}, 10 * HOUR), ({"session_max_age": HOUR}, HOUR)])
def test_end_that_is_told_is_the_sessions_own(limited, own, lasts):
    """Verifa-Session-Ends is the sign-in plus the shorter maximum age."""
    signed_in = int(time.time()) - 600
    reply = limited.refresh(limited.sign(auth_time=signed_in, **own))
    assert reply.header("verifa-session-ends") == str(signed_in + lasts)


def test_step_up_is_never_undone(limited):
    """A refresh does not move `auth_time`, and of two cookies of one session the one of the later sign-in counts.

    The older one may have been refreshed after the step-up, and so expire later.
    """
    now = int(time.time())
    before = limited.sign(auth_time=now - 2 * HOUR, iat=now, exp=now + 8 * HOUR, acr="1")
    stepped_up = limited.sign(auth_time=now - HOUR, iat=now - 60, exp=now + 4 * HOUR, acr="2")
    refreshed = assert_refreshed(limited.refresh(stepped_up))
    for values in ((before, stepped_up), (stepped_up, before), (before, refreshed), (refreshed, before)):
        fresh = assert_refreshed(limited.request(f"Cookie: vk_org_token={values[0]}; vk_org_token={values[1]}"))
        claims = jwt.decode(fresh, options={"verify_signature": False})
        assert (claims["auth_time"], claims["acr"]) == (now - HOUR, "2")
