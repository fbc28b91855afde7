"""What Schemathesis cannot know: our credentials, and bodies that are no JSON; and, by its import, our checks."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import schemathesis
from hypothesis import strategies as st
from schemathesis.core import NotSet

from tests.fuzz.checks import PRESENTED, Case, follows
from tests.support.identity_provider import LOGOUTS

NUMBER = "X-Number"  # chooses of PRESENTED; it is not sent
CREDENTIALS = {"Cookie", "X-API-Key", "Origin", "Sec-Fetch-Mode"}
# Those of the documents of devices and of /verify that a pass may replace, or, by None, leave out.
PARAMETERS = {"Sec-Secure-Session-Id", "Secure-Session-Response", "Secure-Session-Skipped"}


@schemathesis.auth()
class Presented:
    """Replaces generated credentials by those of the pass: cookies, API keys, origins.

    A number decides which. The generated request itself gives it, as a case that is generated again must be the same;
    see flatmap_case(), too.
    """

    def get(self, case: Case, context: schemathesis.AuthContext) -> str:
        """Schemathesis keeps this for a while; set() chooses."""
        return "presented"

    def set(self, case: Case, data: str, context: schemathesis.AuthContext) -> None:
        """Puts one of PRESENTED in the place of generated credentials."""
        body = None if isinstance(case.body, NotSet) else case.body  # whose repr() differs from run to run
        generated = repr((sorted(case.cookies.items()), sorted(case.headers.items()), sorted(case.query.items()), body))
        _present(case, crc32(generated.encode("utf-8", "surrogatepass")))


def _present(case: Case, number: int) -> Case:
    """The case with the credentials of that one of PRESENTED, and of no other."""
    presented = _presented(number)
    cookie, device = presented.pop("Cookie", None), presented.pop("Device", None)
    case.cookies = {} if cookie is None else {"vk_org_token": cookie}
    headers = case.headers.copy()  # a new mapping each time, because cases share the old ones
    for name in CREDENTIALS:
        headers.pop(name, None)
    headers.update({name: value for name, value in presented.items() if name in CREDENTIALS and value is not None})
    if device is not None:  # as a cookie that the document does not have, it would break that
        headers["Cookie"] = f"vk_org_token={cookie}; vk_org_device={device}"
    headers[NUMBER] = str(number)
    case.headers = headers
    return case


def _presented(number: int) -> dict[str, str | None]:
    """That one of PRESENTED. If it has `changed`, the header of that name has another character in one place."""
    place, which = divmod(number, len(PRESENTED))
    presented = dict(PRESENTED[which])
    if name := presented.pop("changed", None):
        good = presented[name] or ""
        place %= len(good)
        presented[name] = f"{good[:place]}{'B' if good[place] == 'A' else 'A'}{good[place + 1 :]}"
    return presented


@schemathesis.serializer("application/secevent+jwt")
def statement(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """A Security Event Token is sent as it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Case, **options: Any) -> None:
    """Puts good statements and parameters in the place of those that follow the document, but that nobody signed."""
    number = case.headers.get(NUMBER)
    if number is None:  # it has no credentials, or is sent once more
        return
    presented = _presented(int(number))
    if "bound" in presented:  # whether the document is followed or not: it decides whether a credential is good
        bound = presented.pop("bound")
        others = {name: value for name, value in case.query.items() if name != "bound"}
        case.query = others if bound is None else {**others, "bound": bound}
    headers = case.headers.copy()
    del headers[NUMBER]
    if follows(case):
        token = presented.get(case.path)
        if token is not None:
            case.body = {"logout_token": token} if case.path == LOGOUTS else token
        for name in PARAMETERS & presented.keys():
            headers.pop(name, None)
            if (value := presented[name]) is not None:
                headers[name] = value
    case.headers = headers


@schemathesis.hook
def flatmap_case(context: schemathesis.HookContext, case: Case) -> st.SearchStrategy[Case]:
    """Draws which of PRESENTED a request presents: much of what is generated is the same request again.

    Every fourth that breaks the document has a body that is no JSON, and every eighth that followed it until then:
    Schemathesis sends only JSON.
    """

    def with_body(body: bytes) -> Case:
        case.body = body
        return case

    breaks = case.meta is not None and not follows(case)
    drawn: st.SearchStrategy[Case] = st.just(case)
    if number := case.headers.get(NUMBER):
        drawn = st.sampled_from(range(len(PRESENTED))).map(lambda which: _present(case, int(number) + which))
    if not breaks and (isinstance(case.body, NotSet) or case.media_type != "application/json"):
        return drawn
    broken = st.one_of(st.binary(min_size=1, max_size=24), st.just(b'{"a":"\xff"}'), st.just(b"{\xc3\x28}"))
    bodies = broken.filter(lambda body: body.strip() != b"{}").map(with_body)
    return st.one_of(*[drawn] * (3 if breaks else 7), drawn.flatmap(lambda _: bodies))
