"""Spellings of the endpoint's path: those that mean it, and those that do not."""

from __future__ import annotations

from tests.support.assertions import REFRESH

TAILS = [
    *(f"%{byte:02X}" for byte in range(256) if not (chr(byte).isascii() and chr(byte).isalnum())),
    *(f"%{byte:02x}" for byte in (0x0A, 0x0D, 0x2F, 0x3F, 0x23, 0xA0)),
    "%0D%0A", "%0A%0A", "%0d%0a%0d%0a", "%250A", "%%30A", "%0A/", "%0A?x", "%00%0A", "%0", "%", "%%", "%u000A",
    "%E2%80%A8", "%E2%80%A9", "%C2%85", "/", "//", "/.", "/..", "/./", ".", "..", ";", ";x=y", ";/", "\\", "#", "#x",
    "#?x", "&", "&x=y", ",", "+", "*", "@", ":80", "~", "!", "'", "()", "%3F", "%3Fx=y", "%23x", "/%2e", "/%2e%2e", "%2F",
    "/x", "x", "%78", ".json", ".yaml", "%2Ejson",
]  # fmt: skip


SPELLINGS = [
    "/api/v1/auth%2Frefresh", "/api%2fv1/auth/refresh", "%2Fapi/v1/auth/refresh", "/api/v1/auth//refresh",
    "//api/v1/auth/refresh", "/./api/v1/auth/refresh", "/api/v1/auth/./refresh", "/api/v1/auth/x/../refresh",
    "/api/v1/auth/%2e/refresh", "/api/v1/auth/x/%2E%2e/refresh", "/api/v1/auth/REFRESH", "/api/v1/auth/%52EFRESH",
    "/api/v1/auth/refres%68%0A", "/api/v1/auth\\refresh", "/api/v1/auth;x/refresh", "/%0A/api/v1/auth/refresh",
    "/api/v1/auth/%2572efresh", "/api/v1/auth/refresh/%0A", "http://127.0.0.1/api/v1/auth/refresh%0A",
    "http://127.0.0.1/api/v1/auth%2Frefresh", "http://127.0.0.1//api/v1/auth/refresh",
]  # fmt: skip


GOOD = [
    REFRESH, "/api/v1/auth/%72efresh", "/%61%70%69/v1/auth/refres%68", "/api/%761/auth/refresh", f"{REFRESH}?",
    f"{REFRESH}?%0A", f"{REFRESH}?x=/y", f"http://127.0.0.1{REFRESH}", f"HTTPS://other.example:443{REFRESH}?x",
    "http://[::1]/api/v1/auth/%72efresh",
]  # fmt: skip
