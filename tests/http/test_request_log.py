"""The log has one line for each request, and no secret."""

from __future__ import annotations

import json
import re
import sys

import jwt
import pytest

from tests.support.assertions import assert_refreshed
from tests.support.programs import crashing
from tests.support.waiting import wait_for


def test_each_request_is_one_line_of_json(service):
    """The line has id, route, status, milliseconds, session and reason, and nothing else that the client sent."""
    token = service.sign(sid="logged")
    endpoint, secret = "refreshAuthSession", "secret-of-somebody"
    calls = {
        "log-200": (endpoint, 200, "logged", None, lambda id_: service.refresh(token, id_)),
        "log-401": (endpoint, 401, None, "cookie: none", lambda id_: service.refresh(None, id_)),
        "log-key": (
            endpoint, 401, "logged", "api key: unknown", lambda id_: service.refresh(token, id_, f"X-API-Key: {secret}")
        ),
        "log-422": (
            endpoint, 422, "logged", "body: not valid by the document",
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
    """No token, API key or signing key is in the log, good or bad."""
    running = start(LOG_FORMAT=style, LOG_LEVEL="debug")
    token = running.sign(sid="styled")
    running.refresh(token, "X-API-Key: vk_live_" + "A" * 43)
    running.refresh(token[:-4] + "AAAA")
    fresh = assert_refreshed(running.refresh(token))
    running.secrets |= {token[:-4] + "AAAA", fresh}
    running.run("keys", "promote", "--force", running.run("keys", "add").stdout.strip())
    wait_for(lambda: "keys in force" in running.log.text(), "the rotation to be logged")
    assert running.stop() == 0
    log = running.log.text()
    assert not running.secrets_in(log)
    assert "Traceback" not in log
    assert "styled" in log


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("when", ["early", "late"])
def test_log_of_a_crash_has_no_secret(start, style, when):
    """A crash is a 500 that tells nothing. The log has a traceback with code and without values."""
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


def test_line_of_a_session_names_the_key_that_signed_its_token(start):
    """So that one sees who still signs with a key before it is retired. A cookie that is refused names none."""
    running = start()
    (old,) = (jwk["kid"] for jwk in json.loads(running.keys_file.read_text())["keys"])
    token = running.sign(sid="logged")
    new = running.run("keys", "add").stdout.strip()
    running.run("keys", "promote", "--force", new)
    fresh = wait_for(
        lambda: (
            jwt.get_unverified_header(one := assert_refreshed(running.refresh(token)))["kid"] == new and one
        ),
        "the new key to sign",
    )  # fmt: skip
    for sent, kid in ((token, old), (fresh, new)):
        assert running.log.request(running.refresh(sent).header("x-request-id"))["kid"] == kid
    for reply in (running.refresh(fresh[:-4] + "AAAA"), running.get("/healthz")):
        assert "kid" not in running.log.request(reply.header("x-request-id"))


def test_log_level_keeps_lesser_lines_out(start):
    """At level `warning`, requests are not logged."""
    running = start(LOG_LEVEL="warning")
    assert_refreshed(running.refresh(running.sign()))
    assert running.stop() == 0
    assert running.log.text() == ""
