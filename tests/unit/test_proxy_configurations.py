"""The configurations in deploy/proxies agree with internal.yaml and with one another. That they work: tests/proxies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from service.operations import internal

PROXIES = Path(__file__).parents[2] / "deploy" / "proxies"
HEADERS = internal.load().spec["paths"]["/verify"]["get"]["responses"]["200"]["headers"]
STATED = {name for name in HEADERS if name.startswith("X-Auth-")}
SPELLINGS = (
    "X-Auth-Subject",
    "x-auth-subject",
    "X_Auth_Subject",
    "X-Auth_Subject",
    "X_Auth-Subject",
    "X_AUTH_TIME",
    "X.Auth.Time",
)


def test_there_are_five_headers():
    """As many as the document has of them."""
    assert len(STATED) == 5


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile", "session-refresh.lua"])
def test_configuration_copies_the_headers_of_the_document(name):
    """All of them and no others, under their own names."""
    text = re.sub(r"(?m)^\s*(#|--).*$", "", (PROXIES / name).read_text())
    named = {found.lower() for found in re.findall(r"(?i)(?<![\w$-])x-auth-[a-z]+", text)}
    assert named == {each.lower() for each in STATED}


def test_traefik_takes_the_headers_of_the_service_only():
    """Its expression covers what the service sends and every spelling of a client's own; it asks the service alone."""
    document = yaml.safe_load((PROXIES / "traefik.yaml").read_text())
    forward = document["http"]["middlewares"]["session-refresh"]["forwardAuth"]
    assert forward["address"] == "http://127.0.0.1:8081/verify"
    assert forward["trustForwardHeader"] is False
    expression = re.compile(forward["authResponseHeadersRegex"])
    assert [name for name in (*SPELLINGS, *STATED) if not expression.search(name)] == []
    assert not expression.search("X-Authority")
    (router,) = document["http"]["routers"].values()
    assert router["middlewares"] == ["session-refresh"]


def test_file_that_no_test_runs_says_so():
    """Whoever takes it should know."""
    assert "NOT RUN" in (PROXIES / "traefik.yaml").read_text()
