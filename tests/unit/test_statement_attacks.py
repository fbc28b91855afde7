"""Every statement of the attack list ends nothing, and is refused as its standard says."""

from __future__ import annotations

import re

import pytest

from security import logout_tokens, security_events
from security.claims import Policy
from security.issuers import load_issuers
from security.statement_errors import AuthenticationFailed, StatementRefused
from tests.support.providers import Keys, events, logouts
from tests.support.statement_attacks import CODES, EVENT_ATTACKS, LOGOUT_ATTACKS
from tests.support.tokens import AUDIENCE, ISSUER, NOW

POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)
# RFC 6749 section 5.2: the characters of an error_description.
DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")


@pytest.fixture(scope="module")
def keys():
    return Keys()


@pytest.fixture(scope="module")
def issuers(keys):
    return load_issuers(keys.issuers(), POLICY)


@pytest.fixture(scope="module")
def endpoints(keys):
    return {"logout": (logouts(keys), logout_tokens.read), "event": (events(keys), security_events.read)}


ROWS = [("logout", name, row) for name, row in LOGOUT_ATTACKS.items()]
ROWS += [("event", name, row) for name, row in EVENT_ATTACKS.items()]


# By the first words of a row's name: why it is refused. A row refused for another reason tests something else.
REASONS = {
    "malformed: header a list": "token: ",
    "malformed: header alg": "token: ",
    "malformed: header kid": "header kid: ",
    "malformed: header": "header: member",
    "malformed: typ": "header typ: ",
    **dict.fromkeys(
        (f"malformed: {words}" for words in ("claims", "a number", "a lone", "an event twice", "iss twice")), "claims: "
    ),
    "malformed: sub_id": "sub_id: ",
    "malformed: sub and sid": "claims sid and sub: ",
    "malformed: sid": "claim sid: ",
    "malformed: an ID token with": "claim nonce: ",
    **dict.fromkeys(
        (f"malformed: {words}" for words in ("an ID", "a security", "the event", "a logout")), "claim events: "
    ),
    "malformed: a session": "header typ: ",
    "malformed: an email": "sub_id: ",
    "malformed: id": "sub_id: ",
    "malformed: organisation": "organisation: ",
    **{
        f"malformed: {name}": f"claim {name}: "
        for name in ("iss", "aud", "iat", "jti", "exp", "nbf", "events", "nonce")
    },
    "malformed: ": "token: ",
    "untrusted: iss of another": "header kid: ",
    **{f"untrusted: {words}": "claims iss and aud: " for words in ("iss", "aud")},
    **{f"untrusted: {words}": "header kid: " for words in ("kid missing", "kid a", "kid of the key for")},
    **{f"untrusted: {words}": "header alg: " for words in ("alg", "HMAC", "kid of another", "RS256 under")},
    "untrusted: signed by another provider, under": "signature: ",
    "untrusted: signed by": "header kid: ",
    "untrusted: key of a stranger under": "signature: ",
    "untrusted: key of": "header kid: ",
    "untrusted: ": "signature: ",
    "beyond: ": "sub_id: of another ",
}


def because(endpoint, name):
    """How the reason begins. `sub` is a claim of a logout token, and a member of the subject of an event."""
    if name.startswith("malformed: sub ") and name != "malformed: sub and sid missing":
        return "sub_id: " if endpoint == "event" else "claim sub: "
    return next(reason for words, reason in REASONS.items() if name.startswith(words))


def refusal(endpoint, row, issuers):
    provider, read = endpoint
    token = row(provider)
    with pytest.raises(StatementRefused) as caught:
        read(token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass"), issuers, 30, NOW)
    return caught.value


def test_the_lists_are_long():
    """Each endpoint has at least 60 rows."""
    assert min(len(LOGOUT_ATTACKS), len(EVENT_ATTACKS)) >= 60


@pytest.mark.parametrize(("endpoint", "name", "row"), ROWS, ids=[f"{endpoint}: {name}" for endpoint, name, _ in ROWS])
def test_statement_of_the_attack_list_is_refused(endpoint, name, row, endpoints, issuers):
    """Each is refused with the code of RFC 8935 that its name tells; a good statement beside it is taken."""
    refused = refusal(endpoints[endpoint], row, issuers)
    assert (refused.status, refused.code) == (400, CODES[name.partition(":")[0]])
    assert refused.members() == {"err": refused.code, "description": refused.detail}
    assert refused.reason.startswith(because(endpoint, name))
    assert DESCRIPTION.fullmatch(refused.detail)
    provider, read = endpoints[endpoint]
    assert read(provider.token().encode(), issuers, 30, NOW).ends


@pytest.mark.parametrize("endpoint", ["logout", "event"])
def test_who_is_trusted_stays_untold(endpoint, endpoints, issuers):
    """Unknown issuer, audience, key or signature: the sender is told the same. The log knows which it was."""
    rows = LOGOUT_ATTACKS if endpoint == "logout" else EVENT_ATTACKS
    refused = [
        refusal(endpoints[endpoint], row, issuers) for name, row in rows.items() if name.startswith("untrusted: ")
    ]
    assert len({str(each.members()) for each in refused}) == 1
    assert len({each.reason for each in refused}) >= 4
    assert {type(each) for each in refused} == {AuthenticationFailed}


@pytest.mark.parametrize("endpoint", ["logout", "event"])
def test_what_its_own_bytes_show_is_told_whoever_is_trusted(endpoint, endpoints, keys):
    """With nobody trusted, each malformed statement gets the same answer as with its issuer trusted, or no more."""
    provider, read = endpoints[endpoint]
    nobody = load_issuers([], POLICY)
    everybody = load_issuers(keys.issuers(), POLICY)
    rows = LOGOUT_ATTACKS if endpoint == "logout" else EVENT_ATTACKS
    for name, row in rows.items():
        token = row(provider)
        forged = ".".join((*(token if isinstance(token, str) else token.decode()).split(".")[:-1], "AAAA"))
        told = []
        for issuers in (nobody, everybody):
            with pytest.raises(StatementRefused) as caught:
                read(forged.encode("utf-8", "surrogatepass"), issuers, 30, NOW)
            told.append(caught.value.members())
        assert told[0] == told[1], name
