"""How the text of each setting becomes its value. A reader raises ValueError, which says what the value must be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from ipaddress import IPv4Address
from urllib.parse import urlsplit

import limits as rate_limits
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from security.api_keys import network

HSTS = r"(([A-Za-z-]* *; *)*max-age=[0-9]{1,10}( *; *[A-Za-z-]*)*)?"
MAX_RATE, MAX_RATE_SECONDS = 1_000_000_000, 86_400  # what openapi.yaml allows in X-RateLimit-Limit and Retry-After


QUOTES = ("'", '"')


def fault(value: str) -> str:
    """What no value of a setting may have; empty if it has nothing of it.

    `docker --env-file` keeps quotes, a Secret made from a file keeps its last line break: whatever is compared with such
    a value is never equal.
    """
    if value.startswith(QUOTES) and value.endswith(QUOTES):
        return "must not stand in quotes"
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in value):
        return "must not hold a line break or another control character"
    if value != value.strip():
        return "must not have blanks around it"
    return ""


def text(value: str) -> str:
    """A text of printable characters."""
    if not value or not value.isprintable() or len(value) > 255:
        raise ValueError("must be 1 to 255 printable characters")
    return value


def seconds(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole seconds from `low` to `high`."""

    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", value) or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number of seconds from {low} to {high}")
        return int(value)

    return read


def seconds_or_off(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole seconds from `low` to `high`, or 0."""
    read = seconds(low, high)

    def read_or_off(value: str) -> int:
        try:
            return 0 if value == "0" else read(value)
        except ValueError as error:
            raise ValueError(f"{error}, or 0 for none") from error

    return read_or_off


def interval(value: str) -> float:
    """Seconds, with a fraction."""
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value) or not 0.1 <= float(value) <= 3600:
        raise ValueError("must be a number of seconds from 0.1 to 3600")
    return float(value)


def rate(value: str) -> str:
    """A rate limit like 300/minute."""
    try:
        rates = rate_limits.parse_many(value)
    except ValueError as error:
        raise ValueError("must be a rate like 300/minute") from error
    if len(rates) != 1 or not 1 <= rates[0].amount <= MAX_RATE or rates[0].get_expiry() > MAX_RATE_SECONDS:
        raise ValueError(f"must be one rate like 300/minute, of at most {MAX_RATE} and at most a day")
    return value


def limits_url(value: str) -> str:
    """Where rate limits are counted."""
    if value == "memory://":
        return value
    _check_authority(value)
    parts = urlsplit(value)
    # `limits` needs the port, and redis-py would take any database that is not a number for 0.
    well_formed = parts.hostname and parts.port and re.fullmatch(r"(/[0-9]*)?", parts.path)
    if parts.scheme not in ("redis", "rediss", "valkey", "valkeys") or not well_formed:
        raise ValueError("must be memory:// or like valkey://host:6379/0 (also valkeys://, redis://, rediss://)")
    return value


def database_url(value: str) -> str:
    """The URL of the database."""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError) as error:
        raise ValueError("must be a database URL, with a port that is a number") from error
    if url.drivername == "sqlite" and url.host is None and url.database not in (None, "", ":memory:") and not url.query:
        return value
    if url.drivername != "postgresql+psycopg":
        raise ValueError("must be sqlite:///file or postgresql+psycopg://host:5432/database")
    _check_authority(value)
    return value


def _check_authority(url: str) -> None:
    """Raises ValueError, which quotes nothing of `url`, if its parts are not what they seem to be."""
    try:
        parts = urlsplit(url)
        port_is_number = parts.port != 0
    except ValueError as error:
        raise ValueError(
            "must be a URL with a port from 1 to 65535, if any"
        ) from error  # Python's own message may quote it
    if not port_is_number or "@" in parts.netloc.rpartition("@")[0] + parts.path:
        raise ValueError("must have a port from 1 to 65535, if any, and special characters in a password as %40, %2F …")


def origins(value: str) -> tuple[str, ...]:
    """Exact origins, separated by commas."""
    origins = tuple(origin.strip() for origin in value.split(",") if origin.strip())
    for origin in origins:
        if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?", origin):
            raise ValueError("must be exact origins like https://dashboard.example.com, comma-separated, no path")
        if origin.endswith({"http": ":80", "https": ":443"}[urlsplit(origin).scheme]) or urlsplit(origin).port == 0:
            raise ValueError("must be origins as browsers send them, without a scheme's own port")
    return origins


def domain(value: str) -> str:
    """A host name, or nothing."""
    if not re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]|", value):
        raise ValueError("must be a host name like example.com, or empty")
    return value


def peers(value: str) -> tuple[str, ...]:
    """IP addresses and networks, separated by commas. An IPv4 address counts in its IPv6 form, too."""
    networks = []
    for peer in [peer.strip() for peer in value.split(",") if peer.strip()]:
        try:
            networks.append(network(peer))
        except ValueError as error:
            raise ValueError("must be IP addresses or networks, comma-separated") from error
    if any(IPv4Address("127.0.0.1") in each for each in networks):
        networks.append(network("::1"))  # the same machine
    return tuple(str(each).removesuffix(f"/{each.max_prefixlen}") for each in networks)


def hsts(value: str) -> str:
    """The value of Strict-Transport-Security (RFC 6797 section 6.1), or nothing."""
    names = [directive.partition("=")[0].strip().lower() for directive in value.split(";") if directive.strip()]
    # Each directive at most once, max-age always; as the document describes the header.
    if len(value) > 64 or len(set(names)) < len(names) or not re.fullmatch(HSTS, value):
        raise ValueError("must be like max-age=31536000, with ; includeSubDomains if wanted, or empty")
    return value


def switch(value: str) -> bool:
    """A boolean."""
    if value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value == "true"


def one_of(*words: str) -> Callable[[str], str]:
    """A reader of one of `words`."""

    def read(value: str) -> str:
        if value not in words:
            raise ValueError("must be one of " + ", ".join(filter(None, words)))
        return value

    return read
