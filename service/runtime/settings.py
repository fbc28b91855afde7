"""The settings: read once from the environment, validated, frozen."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from security.claims import Policy
from security.device import SCOPES, BindingScope
from service.runtime import listen_address
from service.runtime import setting_values as values
from service.runtime.listen_address import ListenAddress
from service.state.engine import SQLITE

PREFIX = "SESSION_REFRESH_"
# What Kubernetes sets in every pod for a Service called session-refresh, or session-refresh-<more> (Kubernetes, "Accessing
# the Service"). The first group is <MORE>_.
KUBERNETES = re.compile(
    r"([A-Z0-9_]+?_)??(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)"
)


class SettingsError(Exception):
    """What is wrong with the settings, one line each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, under its environment name in lower case without the prefix. Times in seconds."""

    state_dir: Path
    keys_file: Path
    issuers_file: Path
    database_url: str
    rate_limit: str
    rate_limit_url: str
    failure_rate_limit: str
    issuer: str
    audience: str
    allowed_origins: tuple[str, ...]
    cookie_domain: str
    max_session_age: int
    idle_timeout: int
    leeway: int
    revocation_poll: float
    max_staleness: float
    forwarded_allow_ips: tuple[str, ...]
    hsts: str
    keep_alive: int
    internal: ListenAddress | None
    device_binding: str
    device_scope: str
    metrics: bool
    log_level: str
    log_format: str

    @property
    def embedded(self) -> bool:
        """Whether the store is the SQLite file in the state directory, which only this machine can use."""
        return self.database_url == _embedded_url(self.state_dir)

    @property
    def database_file(self) -> Path | None:
        """The file of an SQLite database; None if it is another one."""
        return Path(self.database_url.removeprefix(SQLITE)) if self.database_url.startswith(SQLITE) else None

    @property
    def database_place(self) -> str:
        """Where the database is, without user and password: for people."""
        url = make_url(self.database_url)
        if url.drivername == "sqlite":
            return self.database_url.removeprefix(SQLITE)
        hosts = [url.host or "", *url.normalized_query.get("host", ())]
        port = f":{url.port}" if url.port else ""
        return f"PostgreSQL, {','.join(filter(None, hosts))}{port}/{url.database}"

    @property
    def policy(self) -> Policy:
        """The settings about tokens."""
        return Policy(self.issuer, self.audience, self.leeway, self.max_session_age, self.idle_timeout)

    @property
    def device(self) -> BindingScope | None:
        """What the device cookies of bound sessions are for; None if sessions are not bound."""
        if self.device_binding == "off":
            return None
        initiators = sorted({re.sub(":[0-9]+$", "", urlsplit(origin).netloc) for origin in self.allowed_origins})
        return SCOPES[self.device_scope]._replace(offered=self.device_binding == "offer", initiators=initiators)


def _embedded_url(state_dir: Path) -> str:
    return f"{SQLITE}{state_dir / 'state.db'}"


# From name to default and reader. STATE_DIR, the files in it and DATABASE_URL depend on each other: see read().
_TABLE: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "RATE_LIMIT": ("300/minute", values.rate),
    "RATE_LIMIT_URL": ("memory://", values.limits_url),
    "FAILURE_RATE_LIMIT": ("600/minute", values.rate),
    "ISSUER": ("https://devapi.withverifa.com", values.text),
    "AUDIENCE": ("verifa-dashboard", values.text),
    "ALLOWED_ORIGINS": ("", values.origins),
    "COOKIE_DOMAIN": ("", values.domain),
    "MAX_SESSION_AGE": ("2592000", values.seconds(60, 315360000)),
    "IDLE_TIMEOUT": ("0", values.seconds_or_off(60, 315360000)),
    "LEEWAY": ("30", values.seconds(0, 60)),
    "REVOCATION_POLL": ("1", values.interval),
    "MAX_STALENESS": ("10", values.interval),
    "FORWARDED_ALLOW_IPS": ("127.0.0.1", values.peers),
    "HSTS": ("max-age=31536000", values.hsts),
    "KEEP_ALIVE": ("75", values.seconds(1, 86400)),
    "INTERNAL": ("", listen_address.read),
    "DEVICE_BINDING": ("off", values.one_of("off", "accept", "offer")),
    "DEVICE_SCOPE": ("refresh", values.one_of(*SCOPES)),
    "METRICS": ("false", values.switch),
    "LOG_LEVEL": ("info", values.one_of("debug", "info", "warning", "error")),
    "LOG_FORMAT": ("", values.one_of("", "json", "console")),
    "DATABASE_URL": ("", values.database_url),
}


def _is_of_kubernetes(name: str, environ: Mapping[str, str]) -> bool:
    """Whether Kubernetes set it. Of another Service it always sets host and port; else it is a setting, misspelt."""
    found = KUBERNETES.fullmatch(name)
    if found is None:
        return False
    return not found[1] or all(f"{PREFIX}{found[1]}SERVICE_{part}" in environ for part in ("HOST", "PORT"))


def read(environ: Mapping[str, str], *, terminal: bool = False) -> Settings:
    """The settings in `environ`. `terminal`: whether the log goes to a terminal. Raises SettingsError."""
    wrong: list[str] = []
    parsed: dict[str, object] = {}
    names = {field.name.upper() for field in fields(Settings)}
    ours = [name for name in environ if name.startswith(PREFIX)]
    faulty: set[str] = set()
    for name in ours:
        setting = name.removeprefix(PREFIX)
        if setting not in names and not _is_of_kubernetes(setting, environ):
            wrong.append(f"{name}: no such setting")
        elif setting in names and (fault := values.fault(environ[name])):
            wrong.append(f"{name}: {fault}")
            faulty.add(setting)
    state_dir = Path(os.path.abspath(environ.get(PREFIX + "STATE_DIR") or ".session-refresh"))
    parsed["state_dir"] = state_dir
    for name, file in (("KEYS_FILE", "keys.json"), ("ISSUERS_FILE", "issuers.json")):
        parsed[name.lower()] = Path(os.path.abspath(environ.get(PREFIX + name) or state_dir / file))
    for name, (default, reader) in _TABLE.items():
        text = default if name in faulty else environ.get(PREFIX + name, default)
        if name == "DATABASE_URL" and not text:
            parsed["database_url"] = _embedded_url(state_dir)
            continue
        try:
            parsed[name.lower()] = reader(text)
        except ValueError as error:
            shown = "" if name.endswith("_URL") else f", not {text!r}"  # a URL may hold a password
            wrong.append(f"{PREFIX}{name}: {error}{shown}")
    if not wrong and parsed["max_staleness"] < parsed["revocation_poll"]:  # type: ignore[operator]
        wrong.append(f"{PREFIX}MAX_STALENESS: must not be shorter than {PREFIX}REVOCATION_POLL")
    if wrong:
        raise SettingsError(wrong)
    if not parsed["log_format"]:
        parsed["log_format"] = "console" if terminal else "json"
    return Settings(**parsed)  # type: ignore[arg-type]
