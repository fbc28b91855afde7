"""The settings: read once from the environment, checked, frozen."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import limits as rate_limits
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from security.claims import Policy

PREFIX = "SESSION_REFRESH_"
MAX_RATE, MAX_RATE_SECONDS = 1_000_000_000, 86_400  # what openapi.yaml lets X-RateLimit-Limit and Retry-After say


class SettingsError(Exception):
    """What is wrong with the settings, one line each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, by its environment name in lower case without the prefix; times in seconds."""

    state_dir: Path
    keys_file: Path
    database_url: str
    rate_limit: str
    rate_limit_url: str
    failure_rate_limit: str
    issuer: str
    audience: str
    allowed_origins: tuple[str, ...]
    cookie_domain: str
    max_session_age: int
    leeway: int
    revocation_poll: float
    max_staleness: float
    forwarded_allow_ips: tuple[str, ...]
    metrics: bool
    log_level: str
    log_format: str

    @property
    def embedded(self) -> bool:
        """Whether the store is the SQLite file in the state directory, which belongs to this machine alone."""
        return self.database_url == _embedded_url(self.state_dir)

    @property
    def policy(self) -> Policy:
        """What the settings say about tokens."""
        return Policy(self.issuer, self.audience, self.leeway, self.max_session_age)


def _embedded_url(state_dir: Path) -> str:
    return f"sqlite:///{state_dir / 'state.db'}"


def _text(value: str) -> str:
    if not value or not value.isprintable() or len(value) > 255:
        raise ValueError("must be 1 to 255 printable characters")
    return value


def _seconds(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", value) or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number of seconds from {low} to {high}")
        return int(value)

    return read


def _interval(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value) or not 0.1 <= float(value) <= 3600:
        raise ValueError("must be a number of seconds from 0.1 to 3600")
    return float(value)


def _rate(value: str) -> str:
    try:
        rates = rate_limits.parse_many(value)
    except ValueError as error:
        raise ValueError("must be a rate like 300/minute") from error
    if len(rates) != 1 or not 1 <= rates[0].amount <= MAX_RATE or rates[0].get_expiry() > MAX_RATE_SECONDS:
        raise ValueError(f"must be one rate like 300/minute, of at most {MAX_RATE} and at most a day")
    return value


def _limits_url(value: str) -> str:
    if value == "memory://":
        return value
    _check_authority(value)
    parts = urlsplit(value)
    # `limits` needs the port, and redis-py would take any database that is not a number for 0.
    well_formed = parts.hostname and parts.port and re.fullmatch(r"(/[0-9]*)?", parts.path)
    if parts.scheme not in ("redis", "rediss", "valkey", "valkeys") or not well_formed:
        raise ValueError("must be memory:// or like valkey://host:6379/0 (also valkeys://, redis://, rediss://)")
    return value


def _database_url(value: str) -> str:
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
        raise ValueError("must be a URL with a port from 1 to 65535, if any") from error  # Python's own may quote it
    if not port_is_number or "@" in parts.netloc.rpartition("@")[0] + parts.path:
        raise ValueError("must have a port from 1 to 65535, if any, and special characters in a password as %40, %2F …")


def _origins(value: str) -> tuple[str, ...]:
    origins = tuple(origin.strip() for origin in value.split(",") if origin.strip())
    for origin in origins:
        if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?", origin):
            raise ValueError("must be exact origins like https://dashboard.example.com, comma-separated, no path")
        if origin.endswith({"http": ":80", "https": ":443"}[urlsplit(origin).scheme]) or urlsplit(origin).port == 0:
            raise ValueError("must be origins as browsers send them, without a scheme's own port")
    return origins


def _domain(value: str) -> str:
    if not re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]|", value):
        raise ValueError("must be a host name like example.com, or empty")
    return value


def _peers(value: str) -> tuple[str, ...]:
    peers = tuple(peer.strip() for peer in value.split(",") if peer.strip())
    for peer in peers:
        try:
            ip_network(peer)
        except ValueError as error:
            raise ValueError("must be IP addresses or networks, comma-separated") from error
    return peers


def _switch(value: str) -> bool:
    if value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value == "true"


def _one_of(*words: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in words:
            raise ValueError("must be one of " + ", ".join(filter(None, words)))
        return value

    return read


# Name to default and reader. STATE_DIR, KEYS_FILE and DATABASE_URL hang together: see read().
_TABLE: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "RATE_LIMIT": ("300/minute", _rate),
    "RATE_LIMIT_URL": ("memory://", _limits_url),
    "FAILURE_RATE_LIMIT": ("600/minute", _rate),
    "ISSUER": ("https://devapi.withverifa.com", _text),
    "AUDIENCE": ("verifa-dashboard", _text),
    "ALLOWED_ORIGINS": ("", _origins),
    "COOKIE_DOMAIN": ("", _domain),
    "MAX_SESSION_AGE": ("2592000", _seconds(60, 315360000)),
    "LEEWAY": ("30", _seconds(0, 60)),
    "REVOCATION_POLL": ("1", _interval),
    "MAX_STALENESS": ("10", _interval),
    "FORWARDED_ALLOW_IPS": ("127.0.0.1", _peers),
    "METRICS": ("false", _switch),
    "LOG_LEVEL": ("info", _one_of("debug", "info", "warning", "error")),
    "LOG_FORMAT": ("", _one_of("", "json", "console")),
    "DATABASE_URL": ("", _database_url),
}


def read(environ: Mapping[str, str], *, terminal: bool = False) -> Settings:
    """The settings in `environ`; `terminal` says whether the log goes to one. Raises SettingsError."""
    wrong: list[str] = []
    values: dict[str, object] = {}
    names = {field.name.upper() for field in fields(Settings)}
    ours = [name for name in environ if name.startswith(PREFIX)]
    wrong += [f"{name}: no such setting" for name in ours if name.removeprefix(PREFIX) not in names]
    state_dir = Path(os.path.abspath(environ.get(PREFIX + "STATE_DIR") or ".session-refresh"))
    values["state_dir"] = state_dir
    values["keys_file"] = Path(os.path.abspath(environ.get(PREFIX + "KEYS_FILE") or state_dir / "keys.json"))
    for name, (default, reader) in _TABLE.items():
        text = environ.get(PREFIX + name, default)
        if name == "DATABASE_URL" and not text:
            values["database_url"] = _embedded_url(state_dir)
            continue
        try:
            values[name.lower()] = reader(text)
        except ValueError as error:
            shown = "" if name.endswith("_URL") else f", not {text!r}"  # a URL may hold a password
            wrong.append(f"{PREFIX}{name}: {error}{shown}")
    if not wrong and values["max_staleness"] < values["revocation_poll"]:  # type: ignore[operator]
        wrong.append(f"{PREFIX}MAX_STALENESS: must not be shorter than {PREFIX}REVOCATION_POLL")
    if wrong:
        raise SettingsError(wrong)
    if not values["log_format"]:
        values["log_format"] = "console" if terminal else "json"
    return Settings(**values)  # type: ignore[arg-type]
