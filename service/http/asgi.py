"""A request in the form of ASGI: the scope, with the request context in it."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Scope

from service.api.request_context import RequestContext
from service.http.client_address import plain
from service.http.request_reader import RequestReader

Address = tuple[str, int]


def peer_of(transport: asyncio.BaseTransport) -> Address:
    """The address and port of the client."""
    host, port, *_ = transport.get_extra_info("peername") or ("", 0)
    return plain(host) if ":" in host else host, port


def scope_of(reader: RequestReader, request_id: bytes, peer: Address, server: Address, listener: str) -> Scope:
    """The scope of the request that `reader` has read, from a client at `peer` to us at `server`, on that listener."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": reader.http_version,
        "method": reader.method,
        "scheme": "http",
        "path": reader.path,
        "query_string": reader.query,
        "root_path": "",
        "headers": [(name, value) for name, values in reader.headers.items() for value in values],
        "client": peer,
        "server": server,
        "request_context": RequestContext(
            method=reader.method,
            path=reader.path,
            query=reader.query,
            headers=reader.headers,
            body=reader.body,
            client=peer[0],
            request_id=request_id,
            listener=listener,
            problem=reader.problem,
        ),
    }


async def receive() -> Message:
    """ASGI's receive. It is never called: the body is in the request context."""
    return {"type": "http.disconnect"}
