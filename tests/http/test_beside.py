"""What is served beside the contract: health, readiness, metrics, public keys, the document; and the log."""

from __future__ import annotations

import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
import yaml

from tests.http import crashing
from tests.support.assertions import LIMIT_HEADERS, holds_for_every_answer, is_problem, is_refreshed
from tests.support.replies import read_all
from tests.support.waiting import wait_for

DOCUMENTS = {"/openapi.yaml": "application/yaml", "/openapi.json": "application/json"}
PRIVATE = {"d", "k", "p", "q", "dp", "dq", "qi", "oth"}


def test_healthz_says_that_the_process_answers(service):
    """200 and no more; no limit, no cookie."""
    reply = service.get("/healthz")
    holds_for_every_answer(reply)
    assert (reply.status, reply.json()) == (200, {"status": "ok"})
    assert not any(reply.all(name) for name in LIMIT_HEADERS)


def test_readyz_tells_the_state_of_each_dependency(service):
    """200 while all is well, with every dependency named."""
    reply = service.get("/readyz")
    holds_for_every_answer(reply)
    assert (reply.status, reply.json()) == (200, {"status": "ok", "store": "ok", "keys": "ok", "rate_limits": "ok"})


def test_readyz_is_503_while_the_store_cannot_be_read(start):
    """A store that was never there: not ready, refreshes are 503 with Retry-After, never a 401; alive all the same."""
    running = start(DATABASE_URL="sqlite:////nonexistent/state.db", KEYS_FILE=str(make_keys(start)))
    wait_for(lambda: running.get("/readyz").json()["store"].startswith("store: "), "the first look at the store")
    reply = running.get("/readyz")
    holds_for_every_answer(reply)
    assert (reply.status, reply.json()["status"]) == (503, "unavailable")
    assert int(reply.header("retry-after") or 0) >= 1
    is_problem(running.refresh(running.sign()), 503)
    is_problem(running.refresh("x.y.z"), 401)
    assert running.get("/healthz").status == 200


def make_keys(start):
    other = start()
    other.stop()
    return other.state / "keys.json"


# ---- metrics


def counted(service, name, **labels):
    """The value of a sample in /metrics; 0 if there is none yet."""
    for line in service.get("/metrics").body.decode().splitlines():
        found = re.fullmatch(rf"{name}(?:\{{(.*)\}})? ([0-9.e+-]+)", line)
        if found and dict(re.findall(r'(\w+)="([^"]*)"', found[1] or "")) == labels:
            return float(found[2])
    return 0.0


COUNT = "session_refresh_answer_seconds_count"


def test_metrics_move_with_the_answers(service):
    """Each answer is counted by route and status, each refusal by reason, broken HTTP too."""
    refreshed = {"route": "refreshAuthSession", "status": "200"}
    refused = {"route": "refreshAuthSession", "status": "401"}
    before = [counted(service, COUNT, **refreshed), counted(service, COUNT, **refused)]
    reasons = counted(service, "session_refresh_refusals_total", reason="cookie: none")
    broken = counted(service, COUNT, route="none", status="400")
    for _ in range(3):
        is_refreshed(service.refresh(service.sign()))
    is_problem(service.refresh(None), 401)
    service.talk(b"BROKEN\r\n\r\n")
    wait_for(lambda: counted(service, COUNT, **refreshed) >= before[0] + 3, "the answers to be counted")
    assert counted(service, COUNT, **refused) == before[1] + 1
    assert counted(service, "session_refresh_refusals_total", reason="cookie: none") == reasons + 1
    assert counted(service, COUNT, route="none", status="400") == broken + 1


def test_metrics_are_in_the_text_format_and_hold_nothing_of_any_caller(service):
    """Labels come from fixed words: a thousand unknown paths make no thousand series."""
    for number in range(5):
        service.get(f"/unknown-{number}")
    reply = service.get("/metrics")
    holds_for_every_answer(reply)
    assert (reply.header("content-type") or "").startswith("text/plain; version=1.0.0")
    text = reply.body.decode()
    assert "unknown-" not in text
    assert "session-1" not in text
    assert not service.secrets_in(text)
    assert "session_refresh_store_staleness_seconds" in text
    assert "session_refresh_revocations" in text
    assert "session_refresh_local_limits 0.0" in text


def test_metrics_are_not_there_unless_switched_on(start):
    """404 by default."""
    running = start()
    is_problem(running.get("/metrics"), 404)
    is_problem(running.request(method="POST", path="/metrics"), 404)


def test_metrics_are_right_across_workers(start):
    """Two workers: whichever answers /metrics has counted all that both answered; at the end nothing is left behind."""
    running = start("--workers", "2", METRICS="true", RATE_LIMIT="1000/minute")
    token = running.sign()
    with ThreadPoolExecutor(8) as clients:
        assert {reply.status for reply in clients.map(running.refresh, [token] * 60)} == {200}
    labels = {"route": "refreshAuthSession", "status": "200"}
    wait_for(lambda: counted(running, COUNT, **labels) == 60, "60 answers to be counted")
    for _ in range(10):
        assert counted(running, COUNT, **labels) == 60
    folder = next(
        value for entry in running.worker_environs() for value in entry if value.startswith("PROMETHEUS_MULTIPROC_DIR=")
    ).partition("=")[2]
    assert os.path.isdir(folder)
    assert running.stop() == 0
    assert not os.path.exists(folder)


def test_metrics_of_one_worker_are_its_own(start, tmp_path, monkeypatch):
    """The folder in which another program's workers count, in an environment that was handed down, is left alone."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "not there"))
    running = start(METRICS="true")
    assert running.refresh(running.sign()).status == 200
    wait_for(lambda: counted(running, COUNT, route="refreshAuthSession", status="200") == 1, "the answer to be counted")


# ---- public keys


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256", "HS256"])
def test_jwks_has_public_members_only(start, alg):
    """The public halves of all keys, by which anybody can verify; a shared secret has none and is not there."""
    running = start()
    kid = running.run("keys", "add", "--alg", alg).stdout.strip()
    running.run("keys", "promote", kid)
    fresh = wait_for(
        lambda: (
            (token := is_refreshed(running.refresh(running.sign())))
            and jwt.get_unverified_header(token)["kid"] == kid
            and token
        ),
        "the key to sign",
    )
    reply = running.get("/.well-known/jwks.json")
    holds_for_every_answer(reply)
    keys = {key["kid"]: key for key in reply.json()["keys"]}
    assert len(keys) == (1 if alg == "HS256" else 2)
    assert not any(PRIVATE & key.keys() for key in keys.values())
    assert json.loads(running.run("keys", "export").stdout)["keys"] == reply.json()["keys"]
    if alg == "HS256":
        assert kid not in keys
    else:
        assert keys[kid].keys() >= {"kty", "kid", "alg", "use"}
        claims = jwt.decode(fresh, jwt.PyJWK.from_dict(keys[kid]).key, algorithms=[alg], audience="verifa-dashboard")
        assert claims["sub"] == "user-1"


# ---- the document


@pytest.mark.parametrize("path", DOCUMENTS)
def test_document_is_served_with_an_entity_tag(service, path):
    """Both representations hold the same contract; who has one already gets 304."""
    reply = service.get(path)
    holds_for_every_answer(reply)
    assert (reply.status, reply.header("content-type")) == (200, DOCUMENTS[path])
    assert yaml.safe_load(reply.body)["paths"].keys() == {"/api/v1/auth/refresh"}
    assert reply.header("cache-control") == "no-cache"
    tag = reply.header("etag") or ""
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*", f' {tag} , "x"'):
        unchanged = service.get(path, f"If-None-Match: {known}")
        holds_for_every_answer(unchanged)
        assert (unchanged.status, unchanged.body, unchanged.header("etag")) == (304, b"", tag), known
        assert unchanged.header("content-length") is None  # RFC 9110 section 8.6: it would be that of the 200
        assert not unchanged.all("content-type")
    for other in ('"other"', "", tag.strip('"'), '"*"', tag[:-2] + '"'):
        assert service.get(path, f"If-None-Match: {other}").status == 200, other


def test_documents_hold_the_same(service):
    """YAML and JSON differ in their form alone."""
    assert yaml.safe_load(service.get("/openapi.yaml").body) == service.get("/openapi.json").json()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/.well-known/jwks.json", *DOCUMENTS])
def test_head_tells_the_length_without_the_body(service, path):
    """HEAD answers as GET does, without the body."""
    with service.connect() as connection:
        connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        received = read_all(connection)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\n")
    assert int(re.search(rb"content-length: ([0-9]+)", received)[1]) > 10  # type: ignore[index]


# ---- the log


def test_each_request_is_one_line_of_json(service):
    """With its id, route, status, milliseconds, session and reason; and nothing the caller said besides."""
    token = service.sign(sid="logged")
    endpoint, secret = "refreshAuthSession", "secret-of-somebody"
    calls = {
        "log-200": (endpoint, 200, "logged", None, lambda id_: service.refresh(token, id_)),
        "log-401": (endpoint, 401, None, "cookie: none", lambda id_: service.refresh(None, id_)),
        "log-key": (
            endpoint, 401, "logged", "api key: unknown", lambda id_: service.refresh(token, id_, f"X-API-Key: {secret}")
        ),
        "log-422": (
            endpoint, 422, "logged", "body: against the document",
            lambda id_: service.refresh(token, id_, body=f'{{"{secret}":1}}'.encode()),
        ),
        "log-404": ("none", 404, None, "path: unknown", lambda id_: service.get(f"/{secret}?x={secret}", id_)),
        "log-health": ("/healthz", 200, None, None, lambda id_: service.get("/healthz", id_)),
        "log-agent": (
            endpoint, 200, "logged", None,
            lambda id_: service.refresh(token, id_, f"User-Agent: {secret}", f"Referer: {secret}"),
        ),
    }  # fmt: skip
    for name, (route, status, sid, reason, call) in calls.items():
        reply = call(f"X-Request-Id: {name}")
        line = service.log.request(name)
        assert reply.status == status
        assert [line[member] for member in ("status", "route", "sid", "reason")] == [status, route, sid, reason]
        assert 0 < line["ms"] < 5000
        assert line["client"] == "127.0.0.1"
        assert line["level"] == "info"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"])
        assert len([other for other in service.log.lines() if other.get("id") == name]) == 1
    text = service.log.text()
    assert secret not in text
    assert all(line.startswith("{") for line in text.splitlines())


@pytest.mark.parametrize("style", ["json", "console"])
def test_log_has_no_secret_in_either_style(start, style):
    """Good and bad tokens, API keys, keys that rotate: none of it is in the log."""
    running = start(LOG_FORMAT=style, LOG_LEVEL="debug")
    token = running.sign(sid="styled")
    running.refresh(token, "X-API-Key: vk_live_" + "A" * 43)
    running.refresh(token[:-4] + "AAAA")
    fresh = is_refreshed(running.refresh(token))
    running.secrets |= {token[:-4] + "AAAA", fresh}
    running.run("keys", "promote", running.run("keys", "add").stdout.strip())
    wait_for(lambda: "keys in force" in running.log.text(), "the rotation to be logged")
    assert running.stop() == 0
    log = running.log.text()
    assert not running.secrets_in(log)
    assert "Traceback" not in log
    assert "styled" in log


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("when", ["early", "late"])
def test_log_of_a_crash_has_no_secret(start, style, when):
    """A fault of ours: 500 that says nothing, and a traceback in the log that shows code but no values."""
    running = start(command=[sys.executable, crashing.RUN, when], LOG_FORMAT=style)
    token = running.sign()
    reply = running.refresh(token, "X-Request-Id: crashed", "Origin: http://127.0.0.1", body=b"{}")
    assert (reply.status, reply.json()["error"]) == (500, "internal_error")
    assert not reply.all("set-cookie")
    assert running.stop() == 0
    log = running.log.text()
    assert "crashed" in log
    assert "RuntimeError" in log
    assert "a fault" in log
    assert not running.secrets_in(log)
    assert "session-1" not in log.replace('"sid":"session-1"', "").replace("sid=session-1", "")


def test_log_level_keeps_lesser_lines_out(start):
    """From `warning` on, requests are not logged."""
    running = start(LOG_LEVEL="warning")
    is_refreshed(running.refresh(running.sign()))
    assert running.stop() == 0
    assert running.log.text() == ""
