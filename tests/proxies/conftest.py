"""Fixtures with real proxies in front of the installed service: nginx and HAProxy, with usual configurations."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.proxies.guards import GUARDS, Guard
from tests.support.client import request_bytes
from tests.support.echo_application import EchoApplication
from tests.support.proxy_process import ProxyProcess, need
from tests.support.replies import Reply, read_reply
from tests.support.service import Service

NGINX = """
daemon off;
pid nginx.pid;
{user}
error_log error.log;
events {{ worker_connections 512; }}
http {{
    log_format passed '$upstream_addr';
    access_log passed.log passed;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
    large_client_header_buffers 4 32k;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream service {{ server 127.0.0.1:{service}; keepalive 1; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://service;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_next_upstream off;
            proxy_request_buffering {buffering};
        }}
    }}
}}
"""
HAPROXY = """
global
    log stdout format raw local0
    maxconn 512
    # With two, a request may wait for a server that is free until `timeout queue`, and get 503: with `maxconn 1` and
    # HAProxy before 2.6.19 and 3.0.4 ("a rare TOCTOU in assign_server_and_queue").
    nbthread 1
defaults
    mode http
    log global
    log-format %s
    timeout connect 5s
    timeout client 20s
    timeout server 20s
    option http-keep-alive
    http-reuse always
frontend everybody
    bind 127.0.0.1:{port}
    {leniency}
    option forwardfor
    default_backend service
backend service
    server service 127.0.0.1:{service} maxconn 1
"""


class Proxy(ProxyProcess):
    """A proxy in front of a service, with a log of the requests that it passed on."""

    passed_log: str
    passed_to: str  # how the log line of a passed request begins

    def passed(self) -> int:
        """How many requests the proxy has passed on so far."""
        lines = (self.folder / self.passed_log).read_text().split("\n")[:-1]
        return len([line for line in lines if line.startswith(self.passed_to)])

    def refresh(self, token: str, *headers: str, body: bytes = b"{}") -> Reply:
        """The documented call through the proxy, on a connection of its own."""
        with self.connect() as connection:
            cookie = f"Cookie: vk_org_token={token}"
            connection.sendall(request_bytes("POST", "/api/v1/auth/refresh", cookie, *headers, body=body))
            return read_reply(connection)


class Nginx(Proxy):
    """nginx with the WebSocket map of its documentation, and one upstream connection that is kept."""

    passed_log = "passed.log"
    passed_to = "127.0.0.1:"

    def __init__(self, service: Service, buffering: str) -> None:
        super().__init__()
        user = "user root;" if os.geteuid() == 0 else ""
        config = NGINX.format(service=service.port, port=self.port, buffering=buffering, user=user)
        (self.folder / "nginx.conf").write_text(config)
        (self.folder / self.passed_log).touch()

    def command(self) -> list[str]:
        return ["nginx", "-p", str(self.folder), "-c", "nginx.conf", "-e", "error.log"]


class HAProxy(Proxy):
    """HAProxy, which shares one connection to the service between all clients."""

    passed_log = "log"
    passed_to = "service"

    def __init__(self, service: Service, leniency: str) -> None:
        super().__init__()
        config = HAPROXY.format(service=service.port, port=self.port, leniency=leniency)
        (self.folder / "haproxy.cfg").write_text(config)

    def command(self) -> list[str]:
        return ["haproxy", "-db", "-f", "haproxy.cfg"]


PROXIES = {
    "nginx": lambda service: Nginx(service, "on"),
    "nginx, unbuffered": lambda service: Nginx(service, "off"),
    "HAProxy": lambda service: HAProxy(service, ""),
    "HAProxy, lenient": lambda service: HAProxy(service, "option accept-invalid-http-request"),
}


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request: pytest.FixtureRequest, service: Service) -> Iterator[Proxy]:
    """Each proxy in turn, in front of the shared service."""
    need("nginx", "haproxy")
    running: Proxy = PROXIES[request.param](service)
    running.start()
    yield running
    running.remove()


@pytest.fixture(scope="module")
def application() -> Iterator[EchoApplication]:
    """What stands behind the proxies."""
    echo = EchoApplication()
    yield echo
    echo.close()


@pytest.fixture(scope="module")
def guarded(start_shared: Callable[..., Service]) -> Service:
    """The service with its internal listener."""
    return start_shared("--internal", "127.0.0.1:0", REVOCATION_POLL="0.5")


@pytest.fixture(scope="module", params=GUARDS)
def guard(request: pytest.FixtureRequest, guarded: Service, application: EchoApplication) -> Iterator[Guard]:
    """Each proxy in turn, in front of the application, asking the service."""
    need("nginx", "caddy", "haproxy")
    running: Guard = GUARDS[request.param](guarded.port, guarded.internal.port, application.port)
    running.start()
    yield running
    running.remove()
