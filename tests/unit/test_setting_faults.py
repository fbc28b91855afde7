"""What no value of any setting may have, and which foreign names are passed over."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from service.runtime.settings import PREFIX, Settings, SettingsError, read

NAMES = [field.name.upper() for field in fields(Settings)]
VALUES = {  # what each setting might be
    "DATABASE_URL": "postgresql+psycopg://u:pass-word@h/d", "RATE_LIMIT_URL": "redis://u:pass-word@h:1/0",
    "STATE_DIR": "/srv/state", "KEYS_FILE": "/srv/keys.json", "ISSUER": "https://a.example",
    "ALLOWED_ORIGINS": "https://a.example,https://b.example", "FORWARDED_ALLOW_IPS": "10.0.0.0/8,::1",
}  # fmt: skip
FAULTS = {
    "double quotes": ('"{}"', "quotes"),
    "single quotes": ("'{}'", "quotes"),
    "unequal quotes": ("'{}\"", "quotes"),
    "nothing in quotes": ('""', "quotes"),
    "a quote": ('"', "quotes"),
    "a line break at the end": ("{}\n", "control character"),
    "a carriage return, as in a file of Windows": ("{}\r", "control character"),
    "two lines": ("{}\n{}", "control character"),
    "a tab": ("\t{}", "control character"),
    "an escape": ("{}\x1b[0m", "control character"),
    "a delete": ("{}\x7f", "control character"),
    "C1": ("{}\x9b", "control character"),
    "the line separator of Unicode": ("{}\u2028", "control character"),
    "a blank before": (" {}", "blanks"),
    "a blank behind": ("{} ", "blanks"),
    "a blank of Unicode": ("{}\u00a0", "blanks"),
    "nothing but blanks": ("  ", "blanks"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", FAULTS)
def test_value_that_no_operator_means_is_refused_by_name(name, fault):
    """It is one line without any of a URL's value, for every setting alike."""
    template, word = FAULTS[fault]
    with pytest.raises(SettingsError) as wrong:
        read({PREFIX + name: template.replace("{}", VALUES.get(name, "x"))})
    (line,) = wrong.value.lines
    assert line.startswith(f"{PREFIX}{name}: must not ")
    assert word in line
    assert line.isprintable()
    assert "pass-word" not in line


@pytest.mark.parametrize(
    ("name", "text"),
    [("ALLOWED_ORIGINS", 'https://a.example,"https://b.example"'), ("ALLOWED_ORIGINS", "https://a.example,'https://b.example'"),
     ("ALLOWED_ORIGINS", "https://a.example,https://b .example"), ("FORWARDED_ALLOW_IPS", '10.0.0.1,"10.0.0.2"')],
)  # fmt: skip
def test_member_of_a_list_in_quotes_is_refused(name, text):
    """One good member does not let the others pass."""
    with pytest.raises(SettingsError, match=f"^{PREFIX}{name}: must "):
        read({PREFIX + name: text})


def injected(service, port="8080", protocol="TCP", named=""):
    """What Kubernetes puts into the environment of each pod for a Service (Kubernetes, "Accessing the Service")."""
    address = f"{protocol.lower()}://10.96.0.9:{port}"
    one = f"{service}_PORT_{port}_{protocol}"
    variables = {
        f"{service}_SERVICE_HOST": "10.96.0.9", f"{service}_SERVICE_PORT": port, f"{service}_PORT": address, one: address,
        f"{one}_PROTO": protocol.lower(), f"{one}_PORT": port, f"{one}_ADDR": "10.96.0.9",
    }  # fmt: skip
    return variables | ({f"{service}_SERVICE_PORT_{named}": port} if named else {})


@pytest.mark.parametrize("protocol", ["TCP", "UDP", "SCTP"])
@pytest.mark.parametrize(
    "service", ["SESSION_REFRESH", "SESSION_REFRESH_INTERNAL", "SESSION_REFRESH_PORT_X", "SESSION_REFRESH_METRICS"]
)
def test_names_that_kubernetes_sets_are_passed_over(service, protocol):
    """A Service called session-refresh, or one whose name begins so, does not keep a pod from starting."""
    assert read(injected(service, protocol=protocol, named="HTTP_PUBLIC")) == read({})


def test_each_name_that_kubernetes_sets_is_passed_over_by_itself():
    """Which of them a pod gets depends on the ports of the Service."""
    for name, value in injected("SESSION_REFRESH", named="HTTP").items():
        assert read({name: value}) == read({}), name


@pytest.mark.parametrize(
    "name",
    ["PORTS", "PORT_", "PORT_8080", "PORT_TCP", "PORT_8080_HTTP", "PORT_8080_TCP_", "PORT_8080_TCP_HOST", "PORT_x_TCP",
     "HOST", "SERVICE", "SERVICE_NAME", "SERVICE_PORT_", "SERVICE_HOST_X", "service_host", "SERVICE_HOST ", "",
     "KEYS_FILE_PORT", "REDIS_SERVICE_HOST", "RATE_LIMIT_PORT_1_TCP", "METRICS_PORT"],
)  # fmt: skip
def test_name_that_only_resembles_them_is_no_setting(name):
    """A setting that is misspelt is told, whatever it looks like."""
    with pytest.raises(SettingsError, match=f"^{re.escape(PREFIX + name)}: no such setting$"):
        read({PREFIX + name: "8080"})


def test_no_setting_has_a_name_that_kubernetes_sets():
    """No setting is passed over, and none is set by a Service."""
    shapes = re.compile(r"(.*_)?(SERVICE_(HOST|PORT.*)|PORT(_[0-9]+_.*)?)")
    assert [name for name in NAMES if shapes.fullmatch(name)] == []


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("max-age=31536000", True),
        ("max-age=0", True),
        ("max-age=63072000; includeSubDomains; preload", True),
        ("max-age=63072000;includeSubDomains;", True),
        ("includeSubDomains ; max-age=1", True),
        ("", True),
        ("includeSubDomains", False),
        ("max-age", False),
        ("max-age=", False),
        ("max-age=-1", False),
        ("max-age=1.5", False),
        ("max-age=a", False),
        ("max-age=1 includeSubDomains", False),
        ("max-age=1, includeSubDomains", False),
        ("max-age=1; max-age=2", False),
        ("max-age=1; includeSubDomains; INCLUDESUBDOMAINS", False),
        ("max-age=1; includeSubDomains=1", False),
        ("max-age=1; ümlaut", False),
        ("31536000", False),
        ("max-age=1" + "; x" * 30, False),
    ],
)
def test_hsts_is_the_header_of_rfc_6797(text, good):
    """Directives in any order, each once, max-age among them (RFC 6797 section 6.1)."""
    if good:
        assert read({PREFIX + "HSTS": text}).hsts == text
        return
    with pytest.raises(SettingsError, match=f"^{PREFIX}HSTS: must be like max-age=31536000"):
        read({PREFIX + "HSTS": text})


@pytest.mark.parametrize(
    ("text", "good"), [("1", True), ("86400", True), ("0", False), ("86401", False), ("75s", False)]
)
def test_keep_alive_is_seconds(text, good):
    """It is at least one second and at most a day."""
    if good:
        assert read({PREFIX + "KEEP_ALIVE": text}).keep_alive == int(text)
        return
    with pytest.raises(SettingsError, match=f"^{PREFIX}KEEP_ALIVE: must "):
        read({PREFIX + "KEEP_ALIVE": text})
