"""internal.yaml describes every response of the internal listener, and the service gives every response in it but one."""

from __future__ import annotations

import sys

import pytest

from service.operations import internal
from tests.support.client import Client
from tests.support.document import declared, deviations, resolved
from tests.support.programs import crashing

SPEC = resolved(internal.load().spec, internal.load().spec)
RESPONSES = SPEC["paths"]["/verify"]["get"]["responses"]
RESERVED = {"429"}


@pytest.fixture(scope="module")
def replies(start_shared):
    """A response with each status, by what led to it."""
    listening = ("--internal", "127.0.0.1:0")
    plain = start_shared(*listening)
    crashing_one = start_shared(*listening, command=(sys.executable, crashing.RUN, "early"))
    storeless = start_shared(*listening, REVOCATION_POLL="0.2", MAX_STALENESS="0.4")
    token = storeless.sign()
    storeless.lose_store()
    cookie = f"Cookie: vk_org_token={plain.sign(sub='Ä %')}"

    def get(service, *headers, **options):
        client: Client = service.internal
        return client.request(*headers, method="GET", path="/verify", **options)

    return {
        "a good cookie": get(plain, cookie),
        "from a page": get(plain, cookie, "Origin: https://evil.example"),
        "broken HTTP": plain.internal.raw(b"GET /verify HTTP/1.1\r\nHost\r\n\r\n"),
        "no cookie": get(plain),
        "an unknown key": get(plain, cookie, "X-API-Key: vk_live_x"),
        "a long body": get(plain, cookie, body=b" " * 16_385),
        "a large header": get(plain, "X-Filler: " + "x" * 20_000),
        "a crash": get(crashing_one, cookie),
        "no store": get(storeless, f"Cookie: vk_org_token={token}"),
    }


def test_answers_are_as_the_document_says(replies):
    """Status, headers and body of each."""
    assert {name: found for name, reply in replies.items() if (found := deviations(reply, RESPONSES))} == {}


def test_all_that_the_document_says_happens(replies):
    """Each status and each header in it comes in some response, but for the one that is reserved."""
    assert {str(reply.status) for reply in replies.values()} == set(RESPONSES) - RESERVED
    came = {(reply.status, name) for reply in replies.values() for name, _ in reply.headers}
    assert {(status, name) for status, name in declared(RESPONSES) - came if str(status) not in RESERVED} == set()
