"""Answers the same bytes to everything: what the load generator can drive at most."""

import asyncio
from typing import cast

import uvloop

BODY = b'{"refreshed": true}'
HEAD = (
    b"HTTP/1.1 200 OK\r\n"
    b"content-type: application/json\r\n"
    b"set-cookie: vk_org_token=%s; Max-Age=28800; Path=/; HttpOnly; Secure; SameSite=Lax\r\n"
    b"content-length: %d\r\n\r\n"
)
ANSWER = HEAD % (b"x" * 500, len(BODY)) + BODY


class Constant(asyncio.Protocol):
    """One read is one request: the generator keeps one in flight on each connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Constant, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
