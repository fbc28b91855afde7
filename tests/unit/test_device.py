"""Device binding without a socket: what a device gets, for how long it is good, and who gets nothing."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from handlers.device import bind_device
from security import compact, device, device_proof, tokens
from security.authentication import Identity
from security.device import SCOPES, DeviceCredentials
from security.errors import Unauthorized, Unavailable
from tests.support.device import Device, asked, bind, call, claims_of, cookies_of, offer_of, offered, refresh
from tests.support.in_process import RING
from tests.support.in_process_client import InProcess
from tests.support.tokens import NOW, b64, good_claims

SESSION = tokens.Session("user-1", "org-1", "session-1", NOW - 3600, good_claims())
KEY = device_proof.key_in(Device().jwk)
LEEWAY = 30
NOTHING = SimpleNamespace(device_scope=None)  # what the operation needs of a service that binds nothing


@pytest.fixture(scope="module")
def service():
    return InProcess()


@pytest.mark.parametrize("scope", SCOPES)
def test_session_is_bound_and_stays_so(scope):
    """From the page's refresh to the third device cookie; the binding is carried over, and /verify is content."""
    service = InProcess(scope)
    bound = bind(service, service.sign(more="kept"))
    assert claims_of(bound.token)["cnf"] == {"jwk": bound.device.jwk}
    assert claims_of(bound.token)["more"] == "kept"
    reply = call(
        service, bound.token, session_id=bound.session_id
    )  # the browser's own call; before it knows a challenge
    for _ in range(2):
        proof = bound.device.proof(asked(reply), registers=False)
        reply = call(service, bound.token, proof=proof, session_id=f'"{bound.session_id}"')
        assert (reply.status, reply.body) == (200, b"")
    (cookie,) = cookies_of(reply).values()
    refreshed = refresh(service, bound.token, cookie)
    assert (refreshed.status, offer_of(refreshed)) == (200, "")
    token = cookies_of(refreshed)["vk_org_token"]
    assert claims_of(token)["cnf"] == {"jwk": bound.device.jwk}
    assert service.verify(token, "required", cookie).status == 200


def test_hosts_of_other_origins_are_told_to_the_browser():
    """It would not renew the cookie for their pages otherwise. Without any there is no such member."""
    hosts = ["a.example.com", "b.example.com"]
    for service, told in ((InProcess(initiators=hosts), hosts), (InProcess(), None)):
        assert bind(service, service.sign()).instructions.get("allowed_refresh_initiators") == told


def test_nothing_is_offered_where_no_more_sessions_are_bound():
    """But a registration that another machine offered is taken."""
    offering, accepting = InProcess(), InProcess(offered=False)
    reply = accepting.refresh(accepting.sign())
    assert (reply.status, offer_of(reply)) == (200, "")
    refreshed = offering.refresh(offering.sign())
    token = cookies_of(refreshed)["vk_org_token"]
    assert call(accepting, token, proof=Device().proof(offered(refreshed))).status == 200


def test_device_that_could_not_renew_its_cookie_is_an_outage(service):
    """503 for the page, and no token for a thief who says so; with the cookie all is well."""
    bound = bind(service, service.sign())
    skipped = ("Secure-Session-Skipped: unreachable",)
    reply = refresh(service, bound.token, headers=skipped)
    assert (reply.status, reply.all("set-cookie"), service.reason) == (
        503,
        [],
        "device: its cookie could not be renewed",
    )
    assert refresh(service, bound.token, bound.cookie, headers=skipped).status == 200


def test_session_that_is_not_bound_is_verified_unless_it_must_be(service):
    """A proxy chooses: if-bound, or required."""
    assert service.verify(service.sign(), "if-bound").status == 200
    assert service.verify(service.sign(), "required").status == 401
    assert service.reason == "device: the session is not bound"


def test_somebody_elses_confirmation_is_left_alone(service):
    """A `cnf` without a JWK: the session is refreshed as ever, nothing is offered, and no device can be bound."""
    token = service.sign(cnf={"x5t#S256": "abc"})
    reply = service.refresh(token)
    assert (reply.status, offer_of(reply)) == (200, "")
    assert claims_of(cookies_of(reply)["vk_org_token"])["cnf"] == {"x5t#S256": "abc"}
    challenge = offered(service.refresh(service.sign()))
    assert call(service, token, proof=Device().proof(challenge)).status == 401
    assert service.reason == "device: the session is bound already"


def test_longest_session_can_be_bound(service):
    """Its ids come back in the challenge, which the proof encodes once more: none is too long for that."""
    text = "\U00020000" * 200
    claims = {
        **good_claims(int(time.time())),
        "sub": text,
        "org": text,
        "sid": text,
        "auth_time": int(time.time()) - 60,
    }
    session = tokens.Session(text, text, text, claims["auth_time"], claims)
    token = tokens.issue(session, RING.current, time.time(), "id").decode()
    bound = bind(service, token)
    assert len(bound.token) > 3700
    proof = bound.device.proof(bound.challenge, registers=False)
    assert call(service, bound.token, proof=proof, session_id=bound.session_id).status == 200


@pytest.mark.parametrize("identity", [Identity(), Identity(SESSION), Identity(SESSION, None, DeviceCredentials())])
def test_nothing_is_bound_where_nothing_is_asked(identity):
    """Should a document ever lead there without a session, or without a scope: 401."""
    with pytest.raises(Unauthorized):
        bind_device(identity, NOW, NOTHING)


def test_thumbprint_is_that_of_the_standard():
    """RFC 9449 section 6.1 prints a key and its thumbprint. Other members of the key are not kept."""
    jwk = {
        "kty": "EC",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
        "crv": "P-256",
    }
    key = device_proof.key_in({**jwk, "kid": "x", "alg": "ES256", "use": "sig"})
    assert (key.jwk, key.thumbprint) == (jwk, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")


@pytest.mark.parametrize(("seconds", "live"), [(0, True), (89.9, True), (90, False)])
def test_challenge_lives_for_its_seconds_and_the_leeway(keys, seconds, live):
    """As the `exp` of a session token."""
    text = device.challenge(SESSION, keys, NOW, 60).decode()
    assert device.is_challenge(text, SESSION, keys, LEEWAY, NOW + seconds) is live


@pytest.mark.parametrize(("seconds", "live"), [(0, True), (389.9, True), (390, False)])
def test_device_cookie_lives_a_minute_longer_than_in_the_browser(keys, seconds, live):
    """The browser drops it after 300 seconds; a request on its way, or a clock that is late, is no 401."""
    presented = DeviceCredentials(key=KEY, cookies=[device.device_cookie(SESSION, KEY, keys, NOW)])
    if live:
        device.check(SESSION, presented, keys, LEEWAY, NOW + seconds)
    else:
        with pytest.raises(Unauthorized, match="no live cookie"):
            device.check(SESSION, presented, keys, LEEWAY, NOW + seconds)


def test_key_file_that_cannot_be_read_is_an_outage(keys):
    """A challenge or a cookie of a key that may be in it is a 503: to end the session would not help."""
    cookie, challenge = device.device_cookie(SESSION, KEY, keys, NOW), device.challenge(SESSION, keys, NOW, 60)
    others = replace(keys, keys={}, incomplete=True)
    with pytest.raises(Unavailable):
        device.is_challenge(challenge.decode(), SESSION, others, LEEWAY, NOW)
    with pytest.raises(Unavailable):
        device.check(SESSION, DeviceCredentials(key=KEY, cookies=[cookie]), others, LEEWAY, NOW)
    known = replace(keys, incomplete=True)
    device.check(SESSION, DeviceCredentials(key=KEY, cookies=[_by_another_key(cookie), cookie]), known, LEEWAY, NOW)
    with pytest.raises(Unavailable):
        device.check(SESSION, DeviceCredentials(key=KEY, cookies=[_by_another_key(cookie), b"x"]), known, LEEWAY, NOW)


def _by_another_key(token: bytes) -> bytes:
    header = json.loads(base64.urlsafe_b64decode(token.partition(b".")[0] + b"=="))
    changed = b64(json.dumps({**header, "kid": "gone"}, separators=(",", ":")).encode())
    return b".".join([changed.encode(), *token.split(b".")[1:]])


@pytest.mark.parametrize(("more", "offered"), [(0, True), (1, False)])
def test_session_whose_token_has_no_room_for_a_key_is_not_offered_it(service, more, offered):
    """Each registration would be refused for the token's length. Up to there, it can be bound."""
    room = compact.MAX_TOKEN_BYTES - device.KEY_BYTES
    text = next(text for text in map("x".__mul__, range(3500)) if len(refreshed(service, text)) > room - 1)
    reply = service.refresh(service.sign(text=text + "xx" * more))
    assert (reply.status, bool(offer_of(reply))) == (200, offered)
    if offered:
        assert bind(service, service.sign(text=text))


def refreshed(service, text):
    return cookies_of(service.refresh(service.sign(text=text)))["vk_org_token"]


def test_challenge_and_device_cookie_are_no_session_tokens(keys):
    """They are signed by the same keys, and name no session to whoever reads session tokens: their type is another."""
    for token in (device.device_cookie(SESSION, KEY, keys, NOW), device.challenge(SESSION, keys, NOW, 60)):
        with pytest.raises(Unauthorized, match="header typ: "):
            tokens.authentic(token, keys)
