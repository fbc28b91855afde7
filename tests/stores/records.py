"""Revocations and API keys of every kind, and all that a store holds."""

from __future__ import annotations

import ipaddress
from typing import Any

from security.api_keys import ApiKey
from security.revocations import Revocation
from service.state.audit import AuditRecord

RECORD = AuditRecord("revoke", "a session", "a test", "because")

KINDS = {
    "session": Revocation(1000, session_id="s-1"),
    "user": Revocation(1001, organisation="o-1", subject="u-1"),
    "organisation": Revocation(1002, organisation="o-1"),
    "user but one session": Revocation(1005, organisation="o-1", subject="u-1", except_session="s-1"),
    "session of the identity provider": Revocation(1006, idp_issuer="https://idp.example", idp_session="p-1"),
    "not ASCII": Revocation(1003, organisation="Größe 🎉", subject="用户"),
    "quotes": Revocation(1004, session_id="'; DROP TABLE session_refresh_revocations; --"),
    "longest": Revocation(2**53, session_id="x" * 255),
}


KEY = ApiKey("ak_1", "d1", "o-1", "2026-02-01", sandbox=False, created_at=1000)


KEYS = {
    "plain": KEY,
    "sandbox": ApiKey("ak_2", "d2", "o-2", "2026-01-01", sandbox=True, created_at=1001),
    "expires": ApiKey("ak_3", "d3", "o-3", "2026-01-01", sandbox=False, created_at=1002, expires_at=2**53),
    "networks": ApiKey(
        "ak_4", "d4", "o-4", "2026-01-01", sandbox=False, created_at=1003,
        networks=(ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32")),
    ),
}  # fmt: skip


def sessions(count, revoked_at=1000):
    return [Revocation(revoked_at, session_id=f"s-{number}") for number in range(count)]


async def everything(store):
    """All revocations and API keys of a store, and its last number, read batch by batch."""
    revocations: list[Any] = []
    keys: dict[str, Any] = {}
    last = 0
    while True:
        changes = await store.changes_after(last)
        revocations += changes.revocations
        keys |= {key.key_id: key for key in changes.api_keys}
        last = changes.last
        if changes.complete:
            return revocations, keys, last
