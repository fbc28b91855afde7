"""Refusals: 401 in one form, 404 for unknown paths, 405 for wrong methods."""

from __future__ import annotations

import re
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.assertions import (
    REFRESH,
    assert_problem,
    assert_refreshed,
)
from tests.support.replies import read_all
from tests.support.waiting import wait_for


def test_all_401_are_the_same_bytes(service):
    """A client cannot tell the reason of a 401. The log has it."""
    now = int(time.time())
    good = service.sign()
    presented = {
        "cookie: none": None,
        "token: not three base64url parts": "x",
        "claim exp: expired": service.sign(iat=now - 30000, exp=now - 1200),
        "claim iss: another issuer": service.sign(iss="https://evil.example"),
        "claim aud: another audience": service.sign(aud="other"),
        "header kid: no such key": service.sign({"kid": "other"}),
        "session: older than its maximum age": service.sign(auth_time=now - 2592000 - 60),
        "signature: does not match": good[:-8] + ("AAAAAAAA" if good[-8:-1] != "AAAAAAA" else "BBBBBBBA"),
    }
    replies = {reason: service.refresh(value) for reason, value in presented.items()}
    for reply in replies.values():
        assert_problem(reply, 401)
        assert reply.header("www-authenticate") == 'Cookie realm="session" cookie-name="vk_org_token"'
    assert len({reply.body for reply in replies.values()}) == 1
    shapes = {re.sub(rb"(date|x-request-id|x-ratelimit-\w+): [^\r]+", rb"\1", reply.raw) for reply in replies.values()}
    assert len(shapes) == 1
    assert len({service.reason_of(reply) for reply in replies.values()}) == len(replies)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_log_and_metrics_name_the_issuer_and_the_audience_that_were_expected(start, workers):
    """A setting that does not fit the login service is found by the log; what the caller sent is not in it."""
    issuer, audience = 'https://login.example/"a\\b"/é', "the dashboard"
    running = start("--workers", workers, ISSUER=issuer, AUDIENCE=audience, METRICS="true")
    right = {"iss": issuer, "aud": audience}
    assert_refreshed(running.refresh(running.sign(**right)))
    assert_refreshed(running.refresh(running.sign(**right | {"aud": ["another", audience]})))
    for wrong, reason in (
        ({"iss": "https://devapi.withverifa.com"}, f"claim iss: not {issuer}"),
        ({"iss": issuer + "/"}, f"claim iss: not {issuer}"),
        ({"aud": "verifa-dashboard"}, f"claim aud: not {audience}"),
        ({"aud": ["another", "verifa-dashboard"]}, f"claim aud: not {audience}"),
        ({"aud": []}, f"claim aud: not {audience}"),
    ):
        reply = running.refresh(running.sign(**right | wrong))
        assert_problem(reply, 401)
        assert running.reason_of(reply) == reason

    def shown():
        return {
            sample.labels["reason"]
            for family in text_string_to_metric_families(running.get("/metrics").body.decode())
            for sample in family.samples
            if "reason" in sample.labels
        }

    told = {f"claim iss: not {issuer}", f"claim aud: not {audience}"}
    wait_for(lambda: told <= shown(), "the counts of both workers")  # they are published once a second
    assert "verifa" not in running.log.text() + "".join(shown())


def test_revoked_session_is_401_and_its_cookie_is_never_cleared(service):
    """A revoked session gets the usual 401, which sets no cookie."""
    token = service.sign(sid="to-be-revoked")
    assert_refreshed(service.refresh(token))
    service.run("revoke", "--session", "to-be-revoked")
    reply = wait_for(lambda: (r := service.refresh(token)).status == 401 and r, "the revocation", 2.0)
    assert_problem(reply, 401)
    assert service.reason_of(reply) == "session: revoked"


@pytest.mark.parametrize(
    "path", ["/", "/api", f"{REFRESH}/", f"{REFRESH}/x", "/api/v1/auth", "/docs2", "/metrics/", "/.env"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_unknown_path_is_404(service, token, method, path):
    """The response is a 404 for every method, even with a good cookie. A slash at the end is not redirected."""
    assert_problem(service.request(f"Cookie: vk_org_token={token}", method=method, path=path), 404)


METHODS = [("GET", REFRESH), ("PUT", REFRESH), ("PATCH", REFRESH), ("DELETE", REFRESH), ("OPTIONS", REFRESH)]
METHODS += [(method, path) for method in ("POST", "PUT", "OPTIONS") for path in ("/healthz", "/readyz", "/metrics")]
METHODS += [("POST", "/.well-known/jwks.json"), ("DELETE", "/openapi.yaml"), ("POST", "/openapi.json")]


@pytest.mark.parametrize(("method", "path"), METHODS)
def test_wrong_method_is_405_with_allow(service, token, method, path):
    """Allow lists the methods of the path."""
    reply = service.request(f"Cookie: vk_org_token={token}", method=method, path=path)
    assert_problem(reply, 405)
    allowed = {word.strip() for word in (reply.header("allow") or "").split(",")}
    assert allowed == ({"POST"} if path == REFRESH else {"GET", "HEAD"})


def test_head_gets_the_headers_of_the_failure_without_its_body(service):
    """HEAD on the endpoint is a 405 without its body."""
    with service.connect() as connection:
        connection.sendall(f"HEAD {REFRESH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 405 ")
    assert b"\r\ncontent-length: 104\r\n" in received
    assert received.endswith(b"\r\n\r\n")
