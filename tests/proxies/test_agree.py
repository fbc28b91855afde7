"""A proxy and our parser see the same requests: what it passes on as one, we read and log as one."""

from __future__ import annotations

import itertools
import time
from contextlib import suppress

import pytest

from tests.support.broken_http import BROKEN, ODD
from tests.support.broken_http.building import HOST, LINE
from tests.support.smuggling import BODIES, CONNECTIONS, PROTOCOLS, SMUGGLED

CORPUS = {name: attack for name, (attack, _) in BROKEN.items()} | ODD
KEPT = {
    f"{name}, on a connection that is kept": attack.replace(b"Connection: close\r\n", b"")
    for name, attack in CORPUS.items()
    if b"Connection: close\r\n" in attack and len(attack) < 50_000
}
UPGRADES = {
    f"upgrade to {protocol.decode()} by {connection.decode()}, body: {name}":
        LINE + HOST + b"Connection: %b\r\nUpgrade: %b\r\n" % (connection, protocol) + framing + b"\r\n" + body
    for connection, protocol, (name, ((framing, body), _))
    in itertools.product(CONNECTIONS, PROTOCOLS, BODIES.items())
}  # fmt: skip
EXPECTATIONS = {
    f"expectation, body: {name}": LINE + HOST + b"Expect: 100-continue\r\n" + framing + b"\r\n" + body
    for name, ((framing, body), _) in BODIES.items()
}
BEHIND = {  # a second request on the client's connection, which the proxy may or may not pass on
    f"{name}, and another request behind it": attack + LINE + HOST + b"Connection: close\r\n\r\n"
    for name, attack in {**UPGRADES, **EXPECTATIONS}.items()
}


@pytest.fixture(scope="module")
def token(service):
    return service.sign(sid="behind-a-proxy")


def differing(proxy, service, token, corpus):
    """The requests of which proxy and service do not count the same, by name, with the difference."""
    cookie = f"Cookie: vk_org_token={token}\r\n".encode()
    ours = service.log.file.open()
    ours.seek(service.log_mark())
    before, rest = proxy.passed(), ""
    logged: list[str] = []
    found, expected = {}, 0
    for number, (name, attack) in enumerate(corpus.items()):
        with proxy.connect() as connection:
            connection.settimeout(0.05)
            with suppress(OSError):
                connection.sendall(attack.replace(b"%C", cookie))
                while connection.recv(65536):
                    pass
        identity = f"next-client-{number}"
        reply = proxy.refresh(token, f"X-Request-Id: {identity}")
        if reply.header("x-request-id") != identity or reply.status != 200:
            found[name] = reply.raw.decode("latin-1")

        def more_passed(identity=identity):
            """How many more the proxy passed than we logged; None while the next client's is not logged."""
            nonlocal rest
            *lines, rest = (rest + ours.read()).split("\n")  # the last line may not be complete yet
            logged.extend(line for line in lines if '"event":"request"' in line)
            return (
                proxy.passed() - before - len(logged) if any(f'"{identity}"' in line for line in logged[-9:]) else None
            )

        deadline = time.monotonic() + 3
        while (more := more_passed()) != expected and time.monotonic() < deadline:
            time.sleep(0.005)
        if more != expected:
            found[name], expected = more, more or expected
    ours.close()
    return found


@pytest.mark.parametrize(
    "corpus", [CORPUS, KEPT, UPGRADES, EXPECTATIONS, BEHIND], ids=["broken", "kept", "upgrades", "expectations", "behind"]
)  # fmt: skip
def test_proxy_and_service_count_the_same_requests(proxy, service, token, corpus):
    """Whatever one client sends, the next client gets its own response, and both logs have as many requests."""
    before = proxy.passed()
    assert differing(proxy, service, token, corpus) == {}
    assert proxy.passed() - before >= len(corpus)  # at least those of the next clients


def test_body_that_is_a_request_is_nobodys_answer(proxy, service, token):
    """An attacker cannot choose the response of the next client, for instance one with the attacker's own cookie."""
    own = service.sign(sid="attacker")
    stolen = LINE + HOST + b"Cookie: vk_org_token=%b\r\nX-Request-Id: attack\r\n\r\n" % own.encode()
    head = LINE + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    for body in (SMUGGLED, stolen, stolen * 3):
        for _ in range(10):
            with proxy.connect() as attacker:
                attacker.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
                attacker.recv(65536)
                reply = proxy.refresh(token, "X-Request-Id: victim")
                assert reply.header("x-request-id") == "victim"
                assert (reply.status, reply.body) == (200, b'{"refreshed": true}')
