"""The dashboard over TLS, for what browsers do over TLS alone: binding a session to the device."""

from __future__ import annotations

import base64
import datetime
import hashlib
import http.client
import ipaddress
import ssl
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from typing_extensions import override

from tests.browser.dashboard_app import DashboardApp, Handler
from tests.browser.user import REFRESH
from tests.support.device import PATH
from tests.support.service import Service


def certificate(folder: Path) -> tuple[Path, str]:
    """A file in `folder` with a key and its certificate for 127.0.0.1, and the fingerprint that Chromium is told to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = folder / "dashboard.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return pem, base64.b64encode(hashlib.sha256(public).digest()).decode()


class SecureHandler(Handler):
    """Passes on what a browser sends to the two paths of the service, whole, and to /verify as a proxy would."""

    server: SecureApp

    @override
    def do_POST(self) -> None:
        if self.path in (REFRESH, PATH):
            self._refresh()
        else:
            super().do_POST()

    @override
    def do_GET(self) -> None:
        if self.path.startswith("/verify?"):
            answer = self._forward(self.server.service.internal.port)
            self.server.verified.append(answer[0])
            self._send(*answer)
        else:
            super().do_GET()

    @override
    def _ask(self) -> tuple[int, list[tuple[str, str]], bytes]:
        answer = self._forward(self.server.service.port)
        self.server.calls.append((self.path, dict(self.headers.items()), answer))
        if gates := self.server.gates.get(self.path):
            gates.pop(0).wait(30)
        return answer

    def _forward(self, port: int) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        answer = response.status, response.getheaders(), response.read()
        connection.close()
        return answer


class SecureApp(DashboardApp):
    """The running dashboard at https://127.0.0.1. `calls` are those to the service, with what it answered.

    `gates` hold back the next answers of a path, one each, until they are set. `verified` are the answers of /verify.
    """

    def __init__(self, service: Service, folder: Path) -> None:
        self.calls: list[tuple[str, dict[str, str], tuple[int, list[tuple[str, str]], bytes]]] = []
        self.gates: dict[str, list[threading.Event]] = {}
        self.verified: list[int] = []
        super().__init__(service, SecureHandler)
        pem, self.fingerprint = certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def hold(self, path: str) -> threading.Event:
        """Holds back the next answer of `path` that is not held yet, until the event is set."""
        gate = threading.Event()
        self.gates.setdefault(path, []).append(gate)
        return gate

    @override
    def url(self, path: str = "/work.html", **options: object) -> str:
        return super().url(path, **options).replace("http:", "https:", 1)
