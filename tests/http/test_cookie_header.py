"""The Cookie header: one session cookie counts, wherever it stands."""

from __future__ import annotations

import pytest

from tests.support.assertions import REFRESH, UNAUTHORIZED, assert_problem, assert_refreshed

# %T is a good token, %S another of its session, %O a good one of another session.
COOKIES: dict[str, tuple[list[str], int]] = {
    "no Cookie header": ([], 401),
    "empty Cookie header": (["Cookie:"], 401),
    "other cookies alone": (["Cookie: a=b; c=d"], 401),
    "alone": (["Cookie: vk_org_token=%T"], 200),
    "among others": (["Cookie: a=b; vk_org_token=%T; c=d"], 200),
    "without space after the semicolon": (["Cookie: a=b;vk_org_token=%T;c=d"], 200),
    "tab after the semicolon": (["Cookie: a=b;\tvk_org_token=%T"], 200),
    "semicolon at the end": (["Cookie: vk_org_token=%T;"], 200),
    "semicolons all over": (["Cookie: ;; ;vk_org_token=%T;; ;"], 200),
    "in the first of two headers": (["Cookie: vk_org_token=%T", "Cookie: a=b"], 200),
    "in the second of two headers": (["Cookie: a=b", "Cookie: vk_org_token=%T"], 200),
    "in the third, in odd case": (["Cookie: a=b", "COOKIE: c=d", "cookie: vk_org_token=%T"], 200),
    "twice with one value": (["Cookie: vk_org_token=%T; vk_org_token=%T"], 200),
    "twice with one value, in two headers": (["Cookie: vk_org_token=%T", "Cookie: vk_org_token=%T"], 200),
    "twice with two good values": (["Cookie: vk_org_token=%T; vk_org_token=%O"], 401),
    "twice with two good values, in two headers": (["Cookie: vk_org_token=%T", "Cookie: vk_org_token=%O"], 401),
    "good, then bad": (["Cookie: vk_org_token=%T; vk_org_token=x"], 200),
    "bad, then good": (["Cookie: vk_org_token=x; vk_org_token=%T"], 200),
    "empty, then good": (["Cookie: vk_org_token=; vk_org_token=%T"], 200),
    "bad, then good, in two headers": (["Cookie: vk_org_token=x", "Cookie: vk_org_token=%T"], 200),
    "three bad, then good": (["Cookie: vk_org_token=x; vk_org_token=y; vk_org_token=z; vk_org_token=%T"], 200),
    "four bad, then good": (["Cookie: " + "".join(f"vk_org_token={n}; " for n in "wxyz") + "vk_org_token=%T"], 401),
    "two of one session": (["Cookie: vk_org_token=%T; vk_org_token=%S"], 200),
    "two of one session, and another": (["Cookie: vk_org_token=%T; vk_org_token=%S; vk_org_token=%O"], 401),
    "empty": (["Cookie: vk_org_token="], 401),
    "without =": (["Cookie: vk_org_token"], 401),
    "in quotes": (['Cookie: vk_org_token="%T"'], 401),
    "with a space before =": (["Cookie: vk_org_token =%T"], 401),
    "with a space after =": (["Cookie: vk_org_token= %T"], 401),
    "percent-encoded": (["Cookie: vk%5Forg_token=%T"], 401),
    "of another case": (["Cookie: VK_ORG_TOKEN=%T"], 401),
    "with a longer name": (["Cookie: xvk_org_token=%T"], 401),
    "with a shorter name": (["Cookie: vk_org_toke=%T"], 401),
    "with a prefixed name": (["Cookie: __Host-vk_org_token=%T"], 401),
    "with commas for semicolons": (["Cookie: a=b, vk_org_token=%T"], 401),
    "within another's value": (["Cookie: a=vk_org_token=%T"], 401),
    "in Authorization": (["Authorization: Bearer %T"], 401),
    "in Set-Cookie": (["Set-Cookie: vk_org_token=%T"], 401),
    "in Cookie2": (["Cookie2: vk_org_token=%T"], 401),
    "beside JSON": (['Cookie: prefs={"a":"b","c":[1,2]}; vk_org_token=%T'], 200),
    "beside JSON with a semicolon": (['Cookie: prefs={"a":"b;c"}; vk_org_token=%T'], 200),
    "beside a quote that never ends": (['Cookie: a="b; vk_org_token=%T'], 200),
    "beside a name with a slash": (["Cookie: a/b=1; vk_org_token=%T"], 200),
    "beside a name with an at sign": (["Cookie: a@b=1; vk_org_token=%T"], 200),
    "beside names of all signs": (["Cookie: []{}()<>?:,\\=1; vk_org_token=%T"], 200),
    "beside a cookie without =": (["Cookie: flag; vk_org_token=%T"], 200),
    "beside a cookie without name": (["Cookie: =x; vk_org_token=%T"], 200),
    "beside bytes over 127": (["Cookie: a=\xff\xfe\xe9; vk_org_token=%T"], 200),
    "beside $Version": (["Cookie: $Version=1; vk_org_token=%T; $Path=/"], 200),
    "beside a thousand others": (["Cookie: " + "; ".join(f"c{n}=v" for n in range(1000)) + "; vk_org_token=%T"], 200),
}


@pytest.mark.parametrize(("headers", "status"), COOKIES.values(), ids=COOKIES)
def test_one_session_cookie_counts_and_no_other_matters(service, token, headers, status):
    """The session cookie is found wherever it stands among others, and among other values of its own.

    Good values of two sessions, or none, are a 401.
    """
    others = {"%T": token, "%O": service.sign(sid="another"), "%S": service.sign(sid="http", jti="second")}
    for mark, value in others.items():
        headers = [header.replace(mark, value) for header in headers]
    reply = service.request(*headers)
    if status == 200:
        assert_refreshed(reply)
    else:
        assert_problem(reply, status)
        assert reply.body == UNAUTHORIZED


def test_token_in_the_query_or_the_body_counts_for_nothing(service, token):
    """A token is read from the cookie only."""
    assert_problem(service.request(path=f"{REFRESH}?vk_org_token={token}"), 401)
    form = f"vk_org_token={token}".encode()
    assert_problem(service.request("Content-Type: application/x-www-form-urlencoded", body=form), 401)
