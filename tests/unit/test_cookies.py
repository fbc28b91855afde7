"""Cookies: the one that counts is found among any others, and written in one exact form."""

import pytest

from security import cookies
from security.errors import Unauthorized

NAME = b"vk_org_token"

FOUND = {
    "alone": ([b"vk_org_token=t"], b"t"),
    "first of several": ([b"vk_org_token=t; a=b"], b"t"),
    "last of several": ([b"a=b; vk_org_token=t"], b"t"),
    "without blanks": ([b"a=b;vk_org_token=t;c=d"], b"t"),
    "in the second header": ([b"a=b", b"vk_org_token=t"], b"t"),
    "twice the same": ([b"vk_org_token=t; vk_org_token=t"], b"t"),
    "twice the same in two headers": ([b"vk_org_token=t", b"vk_org_token=t"], b"t"),
    "after JSON": ([b'prefs={"a":1,"b":[2]}; vk_org_token=t'], b"t"),
    "after odd names": ([b"a/b=1; a@b=1; (x)=2; vk_org_token=t"], b"t"),
    "after one without =": ([b"flag; vk_org_token=t"], b"t"),
    "after bytes beyond ASCII": ([b"x=\xff\xfe; vk_org_token=t"], b"t"),
    "among empty ones": ([b";;; vk_org_token=t;;"], b"t"),
    "with = in its value": ([b"vk_org_token=t=="], b"t=="),
    "empty": ([b"vk_org_token="], b""),
    "in quotes": ([b'vk_org_token="t"'], b'"t"'),
    "name in capitals": ([b"VK_ORG_TOKEN=t"], None),
    "a longer name": ([b"xvk_org_token=t; vk_org_token2=t"], None),
    "name alone": ([b"vk_org_token"], None),
    "in the value of another": ([b"a=vk_org_token=t"], None),
    "none": ([b"a=b"], None),
    "no header": ([], None),
}


@pytest.mark.parametrize("case", FOUND)
def test_cookie_is_found(case):
    """The value of our cookie, whatever stands around it."""
    headers, value = FOUND[case]
    assert cookies.read(headers, NAME) == ([] if value is None else [value])


@pytest.mark.parametrize(
    ("headers", "values"),
    [
        ([b"vk_org_token=a; vk_org_token=b"], [b"a", b"b"]),
        ([b"vk_org_token=a", b"x=y; vk_org_token="], [b"a", b""]),
        ([b"vk_org_token=a; vk_org_token=b; vk_org_token=a", b"vk_org_token=b"], [b"a", b"b"]),
        ([b"vk_org_token=%d" % number for number in range(4)] * 2, [b"0", b"1", b"2", b"3"]),
    ],
)
def test_different_values_are_all_found(headers, values):
    """Each value once, in the order in which they were sent."""
    assert cookies.read(headers, NAME) == values


def test_more_than_four_values_are_refused():
    """A caller cannot make the service judge any number of tokens."""
    with pytest.raises(Unauthorized, match="more than 4"):
        cookies.read([b"; ".join(b"vk_org_token=%d" % number for number in range(5))], NAME)


def test_cookie_is_written_in_one_form():
    """HttpOnly, Secure, SameSite=Lax, Path=/ and 8 hours; Domain only where one is configured."""
    assert cookies.SetCookie(NAME, "")(b"t") == (
        b"vk_org_token=t; Max-Age=28800; Path=/; HttpOnly; Secure; SameSite=Lax"
    )
    assert cookies.SetCookie(NAME, "example.com")(b"t").endswith(b"; SameSite=Lax; Domain=example.com")
