"""The configurations in deploy/proxies agree with internal.yaml and with one another. That they work: tests/proxies."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from service.operations import internal
from tests.support.proxied_paths import SERVICE, SIGN_IN, TRICKS, is_below_sign_in

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


TRAEFIK = yaml.safe_load((PROXIES / "traefik.yaml").read_text())["http"]


@pytest.mark.parametrize(("name", "path"), [("session-refresh", "/verify"), ("nobody", "/healthz")])
def test_traefik_takes_the_headers_of_the_service_only(name, path):
    """Its expression covers what the service sends and every spelling of a client's own; it asks the service alone."""
    forward = TRAEFIK["middlewares"][name]["forwardAuth"]
    assert forward["address"] == f"http://127.0.0.1:8081{path}"
    assert forward["trustForwardHeader"] is False
    expression = re.compile(forward["authResponseHeadersRegex"])
    assert [name for name in (*SPELLINGS, *STATED) if not expression.search(name)] == []
    assert not expression.search("X-Authority")


def traefik_router(path):
    """The router that Traefik takes: of those whose rules match the decoded path, the one with the longest rule."""

    def matches(rule):
        return any(
            {"Path": path == value, "PathPrefix": path.startswith(value), "PathRegexp": re.search(value, path)}[matcher]
            for matcher, value in re.findall(r"(\w+)\(`([^`]*)`\)", rule.replace("$`", r"\Z`"))
        )

    routers = TRAEFIK["routers"].values()
    assert all(
        re.fullmatch(r"\w+\(`[^`]*`\)( \|\| \w+\(`[^`]*`\))*", each["rule"]) and not {"priority"} & set(each)
        for each in routers
    )
    return max((each for each in routers if matches(each["rule"])), key=lambda each: len(each["rule"]))


def test_traefik_checks_all_but_the_sign_in_page_and_the_service():
    """No trick with the path gets past the check, and nobody's name gets to the sign-in page."""
    for path in ("/", "/admin", *(unquote(trick.partition("?")[0]) for trick in TRICKS if trick.startswith("/"))):
        router = traefik_router(path)
        assert router["middlewares"] == ["session-refresh"] or is_below_sign_in(path), path
        assert router["service"] == "application", path
    for path in SIGN_IN:
        assert traefik_router(path) == TRAEFIK["routers"]["sign-in"]
    for path in SERVICE:
        assert traefik_router(path) == TRAEFIK["routers"]["session-refresh"]
    assert TRAEFIK["routers"]["sign-in"]["middlewares"] == ["nobody"]
    urls = {name: each["loadBalancer"]["servers"] for name, each in TRAEFIK["services"].items()}
    assert urls == {
        "application": [{"url": "http://127.0.0.1:3000"}],
        "session-refresh": [{"url": "http://127.0.0.1:8080"}],
    }


def test_file_that_no_test_runs_says_so():
    """Whoever takes it should know."""
    assert "NOT RUN" in (PROXIES / "traefik.yaml").read_text()
