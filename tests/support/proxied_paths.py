"""Paths that a signed-out user may reach through a proxy of deploy/proxies, and tricks to get past its check."""

from __future__ import annotations

import posixpath
import string

SERVICE = ("/api/v1/auth/refresh", "/api/v1/auth/device", "/.well-known/jwks.json")
SIGN_IN = ("/sign-in", "/sign-in/", "/sign-in/callback", "/sign-in/assets/style-1.min.css", "/sign-in/a_b/c/")
TRICKS = (
    # Paths that only begin alike.
    "/sign-inx", "/sign-in.html", "/sign-in-admin", "/SIGN-IN", "/Sign-In/x", "/sign", "/x/sign-in", "/admin/sign-in",
    # Out of the folder, as the application may read it.
    "/sign-in/../admin", "/sign-in/./../admin", "/sign-in/x/../../admin", "/sign-in/..", "/sign-in/../", "/sign-in/.x",
    "/sign-in/%2e%2e/admin", "/sign-in/%2E%2E/admin", "/sign-in/.%2e/admin", "/sign-in/%2e./admin", "/sign-in/%2e%2e",
    "/sign-in/..%2fadmin", "/sign-in/%2e%2e%2fadmin", "/sign-in%2f..%2fadmin", "/sign-in%2f%2e%2e%2fadmin",
    "/sign-in/%252e%252e/admin", "/sign-in/..%252fadmin", "/sign-in%252f..%252fadmin", "/sign-in/%25%32%65%25%32%65/x",
    "/sign-in/..;/admin", "/sign-in/..;x=y/admin", "/sign-in/.;/../admin", "/sign-in/%2e%2e;/admin", "/sign-in/..%3b/x",
    "/sign-in;x", "/sign-in;/../admin", "/sign-in;x=/../admin", "/sign-in/x;/../../admin", "/sign-in%3bx",
    "/sign-in/x;y=z", "/sign-in/x%3by",
    "/sign-in/..\\admin", "/sign-in\\..\\admin", "/sign-in/..%5cadmin", "/sign-in%5c..%5cadmin", "/sign-in/\\admin",
    "/sign-in/%c0%ae%c0%ae/admin", "/sign-in/%ef%bc%8e%ef%bc%8e/admin", "/sign-in/..%c0%afadmin", "/sign-in/%u002e./x",
    "/sign-in/.../admin", "/sign-in/..a/admin", "/sign-in/a../admin", "/sign-in/a..b", "/sign-in/*", "/sign-in/:x/~",
    # Blanks, ends of lines and of texts.
    "/sign-in%00", "/sign-in%00/../admin", "/sign-in/%00", "/sign-in%0a", "/sign-in/%0a", "/sign-in/x%0a", "/sign-in%0d",
    "/sign-in%0d%0aX-Auth-Subject:%20root", "/sign-in/x%0d%0a%0d%0aGET%20/admin", "/sign-in%20", "/sign-in/%20/../admin",
    "/sign-in%09", "/sign-in\t/admin", "/sign-in/x /admin", "/sign-in%20HTTP/1.1%0d%0aHost:x%0d%0a%0d%0aGET%20/admin",
    # Where a path ends.
    "/sign-in%3f/../admin", "/sign-in%23/../admin", "/sign-in#/../admin", "/sign-in/#x", "/admin#/sign-in",
    "/admin?/sign-in", "/admin?x=/sign-in", "/admin?x=/../sign-in", "/admin%3f/sign-in", "/admin%3f/../sign-in",
    "/admin%23/../sign-in", "/admin;/../sign-in", "/admin;/sign-in", "/admin&/sign-in", "/?/sign-in", "/??/sign-in",
    # Into the folder, as the proxy may read it.
    "/admin/../sign-in", "/admin/..%2fsign-in", "/admin/%2e%2e/sign-in", "/admin/%2e%2e%2fsign-in", "/admin/.%2e/sign-in",
    "/admin/x/../..%2fsign-in/callback", "/admin%2f..%2fsign-in", "/admin/../sign-in/callback", "/admin/..//sign-in",
    "/admin/%252e%252e/sign-in", "/admin/..;/sign-in", "/admin/..%5csign-in", "/admin\\..\\sign-in", "/../sign-in",
    # Slashes.
    "//sign-in", "///sign-in", "//sign-in/../admin", "/sign-in//", "/sign-in//admin", "/sign-in//../admin",
    "/sign-in///../../admin", "/./sign-in", "/sign-in/.", "/sign-in/./x", "/%2fsign-in", "/sign-in%2f", "/sign-in%2fadmin",
    "//admin/sign-in", "//x/../sign-in", "/sign-in/%2f/admin", "/sign-in/%2fadmin", "/;/sign-in",
    # Other forms of a request's target.
    "http://127.0.0.1/admin", "http://127.0.0.1/sign-in/../admin", "http://127.0.0.1/admin/..%2fsign-in",
    "http://127.0.0.1//sign-in/..;/admin", "http:/sign-in/../admin", "http://sign-in/admin", "http:sign-in", "x:/admin",
    "http://x@127.0.0.1/admin", "http://127.0.0.1?/sign-in", "http://127.0.0.1/admin?http://127.0.0.1/sign-in", "*",
    "sign-in", "sign-in/../admin", "admin", "\\sign-in", "?/sign-in",
    # The same with the paths of the service.
    "/api/v1/auth/refresh/../admin", "/api/v1/auth/refresh/..%2f..%2f..%2f..%2fadmin", "/api/v1/auth/refresh;/../admin",
    "/api/v1/auth/refreshx", "/api/v1/auth/refresh/", "/api/v1/auth/refresh%2f..", "/api/v1/auth/devicex", "/api/v1/auth",
    "/api/v1/auth/", "/api/v1/auth/x", "/api/v1/auth/refresh%0a", "/api/v1/auth/refresh%00", "/API/V1/AUTH/REFRESH",
    "/admin/..%2fapi%2fv1%2fauth%2frefresh", "/admin/../api/v1/auth/device", "//api/v1/auth/refresh",
    "/.well-known/", "/.well-known/x", "/.well-known/../admin", "/.well-known/jwks.json/../../admin", "/.well-known/jwksxjson",
    "/xwell-known/jwks.json", "/.well-known/jwks.json%3f/../../admin", "/.well-known/jwks.json%0a",
)  # fmt: skip


def is_below_sign_in(target: str) -> bool:
    """Whether every reader of `target` finds /sign-in or a path below it: nothing in it has two meanings."""
    plain = (
        set(target) <= {*string.ascii_letters, *string.digits, *"/-_."} and "//" not in target and ".." not in target
    )
    return plain and f"{posixpath.normpath(target)}/".startswith("/sign-in/")
