"""The configurations of deploy/proxies, each run for real: a proxy that asks the service before it asks the application."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

from typing_extensions import override

from tests.support.client import Client
from tests.support.proxy_process import ProxyProcess
from tests.support.replies import Reply

CONFIGURATIONS = Path(__file__).parents[2] / "deploy" / "proxies"
CLIENT = "127.0.0.2"
NAMES = ("x-auth-subject", "x-auth-organisation", "x-auth-session", "x-auth-time", "x-auth-expires")
# As the configurations have them.
SERVICE, INTERNAL, APPLICATION = "127.0.0.1:8080", "127.0.0.1:8081", "127.0.0.1:3000"


class Guard(ProxyProcess, Client):
    """A proxy with a configuration of deploy/proxies, of which only addresses and paths are changed."""

    configuration: str
    listens_on: str  # how the configuration names the proxy's own port

    def __init__(self, service: int, internal: int, application: int, bound: str = "") -> None:
        super().__init__()
        self.bound = bound
        self.secrets = set()
        text = (CONFIGURATIONS / self.configuration).read_text()
        for written, there in {
            SERVICE: f"127.0.0.1:{service}",
            INTERNAL: f"127.0.0.1:{internal}",
            APPLICATION: f"127.0.0.1:{application}",
            self.listens_on: self.listens_on.replace(":80", f"127.0.0.1:{self.port}").replace(" 80", f" {self.port}"),
            **self.paths(),
        }.items():
            assert written in text, f"{self.configuration}: no {written}"
            text = text.replace(written, there)
        text = self.asking(text)
        (self.folder / self.configuration).write_text(text)

    def paths(self) -> dict[str, str]:
        """What else is replaced in the configuration."""
        return {}

    def asking(self, text: str) -> str:
        """`text` with the query of /verify: whether the session must be bound to its device."""
        return (
            re.sub(
                r"^(.*(?:proxy_pass http|uri |URL = ).*/verify)\b", rf"\1?bound={self.bound}", text, flags=re.MULTILINE
            )
            if self.bound
            else text
        )

    @override
    def connect(self, seconds: float = 10.0) -> socket.socket:
        """A connection of a client whose address is no trusted proxy's, although it is on this machine."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds, source_address=(CLIENT, 0))


class NginxGuard(Guard):
    """nginx with `auth_request`."""

    configuration = "nginx.conf"
    listens_on = "listen 80;"

    def command(self) -> list[str]:
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "main.conf").write_text(
            f"daemon off; pid nginx.pid; {user} error_log error.log; events {{}} http {{ access_log off;"
            "client_body_temp_path body; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;"
            f"include {self.configuration}; }}"
        )
        return ["nginx", "-p", str(self.folder), "-c", "main.conf", "-e", "error.log"]


class CaddyGuard(Guard):
    """Caddy with `forward_auth`."""

    configuration = "Caddyfile"
    listens_on = "\n:80 {"

    def paths(self) -> dict[str, str]:
        # Caddy's port for administration is one for the whole machine; and a host in the site's address would count.
        return {f"\n127.0.0.1:{self.port} {{": f"\n{{\n\tadmin off\n}}\nhttp://:{self.port} {{"}

    def command(self) -> list[str]:
        return ["env", f"HOME={self.folder}", "caddy", "run", "--adapter", "caddyfile", "--config", self.configuration]


class HAProxyGuard(Guard):
    """HAProxy with the Lua script."""

    configuration = "haproxy.cfg"
    listens_on = "bind :80"

    def paths(self) -> dict[str, str]:
        # The name of the socket is one for the whole machine.
        script = (CONFIGURATIONS / "session-refresh.lua").read_text()
        name = f"abns@session-refresh-verify-{self.port}"
        assert "abns@session-refresh-verify" in script
        script = self.asking(script.replace("abns@session-refresh-verify", name))
        (self.folder / "session-refresh.lua").write_text(script)
        return {
            "/etc/haproxy/session-refresh.lua": f"{self.folder}/session-refresh.lua",
            "abns@session-refresh-verify": name,
        }

    def command(self) -> list[str]:
        return ["haproxy", "-db", "-f", self.configuration]


GUARDS: dict[str, type[Guard]] = {"nginx": NginxGuard, "Caddy": CaddyGuard, "HAProxy": HAProxyGuard}


def ask(
    guard: Guard, token: str | None, *headers: str, method: str = "GET", path: str = "/", body: bytes = b""
) -> Reply:
    """A request through the proxy, with the token in its cookie."""
    cookie = () if token is None else (f"Cookie: vk_org_token={token}",)
    return guard.request(*cookie, *headers, method=method, path=path, body=body)


def stated(reply: Reply) -> list[tuple[str, str]]:
    """Every header of identity, in any spelling, that the application got."""
    assert reply.status == 200, reply.raw
    headers = reply.json()["headers"]
    # The next proxy would delete what it names.
    assert not [value for name, value in headers if name == "connection" and "auth" in value.lower()]
    return [(name, value) for name, value in headers if "auth" in name and name != "authorization"]


def told(reply: Reply) -> dict[str, str]:
    """What the application was told about the caller, by header."""
    found = stated(reply)
    assert sorted(name for name, _ in found) == sorted(NAMES), found
    return dict(found)
