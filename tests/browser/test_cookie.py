"""The cookie in a real browser: no script can read it, and only pages of allowed origins can use it."""

from __future__ import annotations

from tests.support import versions


def test_cookie_is_invisible_to_scripts(user):
    """The cookie is HttpOnly, and no response gives the token to a script."""
    page = user.sign_in()
    cookie = user.cookie()
    assert {name: cookie[name] for name in ("httpOnly", "secure", "sameSite", "path")} == {
        "httpOnly": True, "secure": True, "sameSite": "Lax", "path": "/",
    }  # fmt: skip
    assert page.evaluate("document.cookie") == ""
    seen = page.evaluate(
        """async () => JSON.stringify([
            await (await fetch('/demo/session')).text(),
            [...(await fetch('/api/v1/auth/refresh', { method: 'POST' })).headers],
            await cookieStore.getAll(), { ...localStorage }, { ...sessionStorage }, document.documentElement.outerHTML,
        ])"""
    )
    assert "eyJ" not in seen
    assert "set-cookie" not in seen.lower()


def test_dashboard_on_an_allowed_origin_works(user, demo, other_origin_port):
    """localhost with another port is another origin. It is on the allow-list, and SameSite=Lax sends the cookie."""
    demo_on = f"http://localhost:{demo.port}"
    page = user.open(f"{demo_on}/demo/")
    page.get_by_role("button", name="Sign in as demo-user").click()
    user.refreshed("start", page)
    page.close()
    page = user.open(f"http://localhost:{other_origin_port}/?version={versions.OTHER}&service={demo_on}")
    page.locator("#refreshed", has_text="1").wait_for()
    assert user.statuses == [200, 200]
    assert page.locator("#failed").text_content() == "0"


def test_dashboard_on_another_origin_does_not(user, demo, other_origin_port):
    """From an origin that is not on the list nothing is refreshed or read, and nobody is signed out."""
    user.sign_in().close()
    before = user.cookie()["value"]
    user.expected |= {"blocked by CORS policy", "net::ERR_FAILED", "status of 403"}
    page = user.open(
        f"http://127.0.0.1:{other_origin_port}/?version={versions.OTHER}&service=http://127.0.0.1:{demo.port}"
    )
    page.locator("#failed", has_text="1").wait_for()
    assert page.locator("#refreshed").text_content() == page.locator("#over").text_content() == "0"
    assert user.cookie()["value"] == before
