"""device.yaml describes every response of the path of devices, and the service gives every response in it."""

from __future__ import annotations

import sys

import pytest

from service.operations import device
from tests.http.cases import ORIGIN
from tests.support.device import PATH, PROOF, Device, bind, call, cookies_of, offered
from tests.support.document import declared, deviations, resolved
from tests.support.programs import crashing

RESPONSES = resolved(device.load().spec, device.load().spec)["paths"][PATH]["post"]["responses"]
WITHOUT_BODY = {"200": {"headers": RESPONSES["200"]["headers"]}}
ALLOWED = (f"Origin: {ORIGIN}", "Sec-Fetch-Mode: no-cors")


@pytest.fixture(scope="module")
def replies(start_shared):
    """A response with each status, by what led to it; pages of an allowed origin may read them."""
    settings = {"DEVICE_BINDING": "offer", "ALLOWED_ORIGINS": ORIGIN}
    plain = start_shared(**settings)
    crashing_one = start_shared(command=(sys.executable, crashing.RUN, "early"), **settings)
    storeless = start_shared(REVOCATION_POLL="0.2", MAX_STALENESS="0.4", **settings)
    refreshed, bound = plain.refresh(plain.sign()), bind(plain, plain.sign())
    token, proof = cookies_of(refreshed)["vk_org_token"], Device().proof(offered(refreshed))
    signed = bound.device.proof(bound.challenge, registers=False)
    lost = storeless.sign()
    storeless.lose_store()
    return {
        "registered": call(plain, token, proof=proof, by_browser=ALLOWED),
        "renewed": call(plain, bound.token, proof=signed, session_id=bound.session_id, by_browser=ALLOWED),
        "a header that is not ASCII": call(plain, token, f"{PROOF}: ü", by_browser=ALLOWED),
        "broken HTTP": plain.raw(f"POST {PATH} HTTP/1.1\r\nHost\r\n\r\n".encode()),
        "not bound": call(plain, token, session_id="x", by_browser=ALLOWED),
        "challenged": call(plain, bound.token, session_id=bound.session_id, by_browser=ALLOWED),
        "a page": call(plain, token, by_browser=(f"Origin: {ORIGIN}",)),
        "a page of another origin": call(plain, token, by_browser=("Origin: https://evil.example",)),
        "a long body": plain.request(*ALLOWED, path=PATH, body=b" " * 1025),
        "a large header": call(plain, token, "X-Filler: " + "x" * 20_000, by_browser=ALLOWED),
        "a crash": call(crashing_one, token, by_browser=ALLOWED),
        "no store": call(storeless, lost, by_browser=ALLOWED),
    }


def test_answers_are_as_the_document_says(replies):
    """Status, headers and body of each. A registration sets two cookies; a renewal has no body."""
    found = {
        name: deviations(reply, RESPONSES if reply.body else WITHOUT_BODY)
        for name, reply in replies.items()
    }  # fmt: skip
    assert {name: each for name, each in found.items() if each} == {"registered": ["set-cookie: came twice"]}


def test_all_that_the_document_says_happens(replies):
    """Each status and each header in it comes in some response."""
    assert {str(reply.status) for reply in replies.values()} == set(RESPONSES)
    came = {(reply.status, name) for reply in replies.values() for name, _ in reply.headers}
    assert declared(RESPONSES) - came == set()
