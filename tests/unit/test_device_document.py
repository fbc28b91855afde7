"""device.yaml beside openapi.yaml and the code: what it says is what they say, and every response is as it describes."""

from __future__ import annotations

import re

import jsonschema
import pytest

from handlers import OPERATIONS
from handlers.device import bind_device
from security import device, device_proof, errors, tokens
from security.compact import MAX_TOKEN_BYTES
from security.cookies import SetCookie
from security.device import SCOPES
from service.api import contract, device_headers
from service.http.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES
from service.operations import device as device_document
from service.operations import internal
from tests.support.device import PROOF, SESSION_ID, Device, bind, call, cookies_of, offer_of, offered
from tests.support.document import deviations, resolved
from tests.support.in_process_client import InProcess

PUBLIC, DEVICE, INTERNAL = contract.load(), device_document.load(), internal.load()
SPEC = resolved(DEVICE.spec, DEVICE.spec)
COMPONENTS, OURS = SPEC["components"], resolved(PUBLIC.spec, PUBLIC.spec)["components"]
OPERATION = SPEC["paths"][device.PATH]["post"]
INSTRUCTIONS = COMPONENTS["schemas"]["SessionInstructions"]
SET_COOKIE = COMPONENTS["headers"]["DeviceCookie"]["schema"]
DOMAINS = ("", "d" * 253)  # the longest host name (RFC 1035 section 2.3.4)


def test_document_asks_for_the_session_cookie_alone():
    """The scheme, its cookie and the challenge of a 401 are those of openapi.yaml; an API key is not looked at."""
    own, public = ({**each["securitySchemes"]["sessionCookie"], "description": ""} for each in (COMPONENTS, OURS))
    assert own == public
    assert COMPONENTS["securitySchemes"].keys() == {"sessionCookie"}
    assert SPEC["security"] == [{"sessionCookie": []}]
    assert "security" not in OPERATION
    assert (DEVICE.cookie_name, DEVICE.challenge) == (PUBLIC.cookie_name, PUBLIC.challenge)


def test_no_path_and_no_operation_is_in_two_documents():
    """The one path is that of the code, and no limit counts it."""
    assert DEVICE.methods == {device.PATH: ("POST",)}
    assert DEVICE.unlimited == {OPERATION["operationId"]}
    assert OPERATIONS[OPERATION["operationId"]] is bind_device
    others = [path for each in (PUBLIC, INTERNAL) for path in each.methods]
    assert device.PATH not in others
    assert len(others) == len(set(others))


def test_errors_are_those_of_openapi_yaml():
    """The body is one; each code has the status of the code, and each status of the operation has its example."""
    own, public = COMPONENTS["schemas"]["ErrorResponse"], OURS["schemas"]["ErrorResponse"]
    codes = own["properties"]["error"]["enum"]
    assert {**own["properties"], "error": {}} == {**public["properties"], "error": {}}
    assert set(codes) < set(OURS["schemas"]["ErrorCode"]["enum"])
    kinds = {kind.code: kind for kind in errors.Problem.__subclasses__()}
    refusals = {status: each for status, each in OPERATION["responses"].items() if status != "200"}
    assert sorted(str(kinds[code].status) for code in codes) == sorted(refusals)
    for status, response in refusals.items():
        example = response["content"]["application/json"]["example"]
        jsonschema.validate(example, own)
        assert (kinds[example["error"]].status, example["status_code"]) == (int(status), int(status))
    challenged = OPERATION["responses"]["403"]["content"]["application/json"]["example"]
    assert challenged == errors.DeviceChallenged(()).members()


def test_limits_are_those_of_the_code():
    """In sentences and in schemas: of a body, a head, a proof, and a scope."""
    responses = COMPONENTS["responses"]
    assert f"{MAX_BODY_BYTES:,} bytes" in responses["PayloadTooLarge"]["description"]
    assert f"{MAX_HEAD_BYTES:,} bytes" in responses["HeadersTooLarge"]["description"]
    proof = COMPONENTS["parameters"]["SessionResponse"]
    assert device_proof.MAX_BYTES + len('""') <= proof["schema"]["maxLength"]
    assert f"`{device_proof.TYPE}`" in proof["description"]
    assert device_proof.ALGORITHM in proof["description"]


def test_headers_are_those_that_are_read():
    """Of the requests in this document and in internal.yaml; the offer and the pages' headers in openapi.yaml's words."""
    assert DEVICE.request_headers == (SESSION_ID, PROOF)
    assert {name.lower().encode() for name in DEVICE.request_headers} < device_headers.HEADERS
    assert "Secure-Session-Skipped" in INTERNAL.spec["components"]["parameters"]["Bound"]["description"]
    assert INTERNAL.spec["components"]["parameters"]["Bound"]["schema"]["enum"] == ["if-bound", "required"]
    assert DEVICE.exposed_headers == PUBLIC.exposed_headers
    for name in set(COMPONENTS["headers"]) & set(OURS["headers"]):
        assert COMPONENTS["headers"][name] == OURS["headers"][name], name


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_cookies_are_those_of_the_code(scope, domain):
    """Both cookies match the one pattern, at their longest; how long they live is told in minutes and in seconds."""
    token = f"{'a' * (MAX_TOKEN_BYTES - 4)}.b.c".encode()
    for writer in (SCOPES[scope].set_cookie, SetCookie(DEVICE.cookie_name.encode(), domain)):
        value = writer(token).decode()
        assert re.fullmatch(SET_COOKIE["pattern"], value)
        assert len(value) <= SET_COOKIE["maxLength"]
        assert not re.fullmatch(SET_COOKIE["pattern"], value.replace("; Secure", ""))
    assert f"Max-Age={device.COOKIE_SECONDS};" in SET_COOKIE["pattern"]
    assert f"Max-Age={tokens.LIFETIME};" in SET_COOKIE["pattern"]
    minutes = f"{device.COOKIE_SECONDS // 60} minutes"
    assert minutes in OPERATION["description"]
    assert minutes in COMPONENTS["headers"]["DeviceCookie"]["description"]


@pytest.fixture(scope="module", params=SCOPES)
def service(request):
    return InProcess(request.param)


def test_instructions_are_those_of_the_example(service):
    """But for the id, and with the scope `host` the path of the cookie and of what waits."""
    bound = bind(service, service.sign(sid="s_1"))
    jsonschema.validate(bound.instructions, INSTRUCTIONS)
    example = INSTRUCTIONS["example"]
    assert re.fullmatch(r"s_1\.[A-Za-z0-9_-]{43}", example["session_identifier"])
    assert len(example["session_identifier"]) == len(bound.session_id)
    (cookie,) = example["credentials"]
    exclude, include = example["scope"]["scope_specification"]
    assert bound.instructions == {
        **example,
        "session_identifier": bound.session_id,
        "scope": {
            "include_site": False, "scope_specification": [exclude, {**include, "path": service.scope.waiting}],
        },
        "credentials": [{**cookie, "attributes": service.scope.set_cookie.scope.decode()}],
    }  # fmt: skip


def test_example_is_of_the_scope_by_default():
    """Whose page's refresh alone waits."""
    example = INSTRUCTIONS["example"]
    assert example["refresh_url"] == device.PATH
    assert example["credentials"][0]["attributes"] == SCOPES["refresh"].set_cookie.scope.decode()
    assert example["scope"]["scope_specification"][-1]["path"] == SCOPES["refresh"].waiting


def test_every_response_is_as_the_document_describes(service):
    """A registration, a renewal, a challenge and the refusals: headers, bodies, and of the offer openapi.yaml's pattern."""
    refreshed = service.refresh(service.sign(sid='Jürgen "x" \\ 100%'))
    schema = OURS["headers"]["SessionRegistration"]["schema"]
    assert re.fullmatch(schema["pattern"], offer_of(refreshed))
    device_, token = Device(), cookies_of(refreshed)["vk_org_token"]
    bound = bind(service, service.sign(sid='Jürgen "x" \\ 100%'))
    proof = bound.device.proof(bound.challenge, registers=False)
    registered = call(service, token, proof=device_.proof(offered(refreshed)))
    replies = {
        200: [call(service, bound.token, proof=proof, session_id=bound.session_id)],
        400: [call(service, bound.token, session_id="ü")],
        401: [call(service, "abc"), call(service, token), call(service, bound.token, proof=proof, session_id="x.y")],
        403: [
            call(service, bound.token, session_id=bound.session_id),
            call(service, token, by_browser=()),
            call(service, token, by_browser=("Origin: https://evil.example",)),
        ],
        503: [call(service, service.sign(iat=2**40, auth_time=1))],
    }
    for status, some in replies.items():
        for reply in some:
            assert reply.status == status
            if reply.body:
                assert deviations(reply, OPERATION["responses"]) == []
    (renewed,) = replies[200]
    assert deviations(renewed, {"200": {"headers": OPERATION["responses"]["200"]["headers"]}}) == []
    assert deviations(registered, OPERATION["responses"]) == ["set-cookie: came twice"]
    for cookie in registered.all("set-cookie"):
        assert re.fullmatch(SET_COOKIE["pattern"], cookie)


def test_proxies_ask_by_the_words_of_internal_yaml():
    """`bound` has the two values that the code tells apart; others are a 400, also if all else is good."""
    service = InProcess()
    bound = bind(service, service.sign())
    (parameter,) = [each for each in INTERNAL.spec["components"]["parameters"].values() if each["in"] == "query"]
    assert (parameter["name"], set(parameter["schema"]["enum"])) == ("bound", {"if-bound", "required"})
    for asked in parameter["schema"]["enum"]:
        assert service.verify(bound.token, asked, bound.cookie).status == 200
    for asked in ("", "no", "Required", "required&bound=required", "if-bound&bound="):
        assert service.verify(bound.token, asked, bound.cookie).status == 400
    assert service.get("/verify?Bound=no&x=%ff", f"Cookie: vk_org_token={bound.token}").status == 200
