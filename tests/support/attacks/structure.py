"""Attacks on the token's structure: its parts, their base64url, payloads that are no JSON object."""

from __future__ import annotations

import json

from tests.support.attacks.changes import Attack, of_length, payload, rearranged, with_members
from tests.support.tokens import Forge, good_claims


def twin(part: int) -> Attack:
    """A part whose last character differs only in bits that base64url ignores, so that it decodes to the same bytes."""

    def attack(f: Forge) -> str:
        for length in range(3):
            parts = f.token(claims={"pad": "x" * length}, header={"pad": "x" * length}).split(".")
            text, alphabet = parts[part], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            if len(text) % 4:
                parts[part] = text[:-1] + alphabet[alphabet.index(text[-1]) + 1]
                return ".".join(parts)
        raise AssertionError

    return attack


STRUCTURE: dict[str, Attack] = {
    "nothing": lambda f: "",
    "a word": lambda f: "token",
    "dots": lambda f: "..",
    "header alone": rearranged(lambda h, p, s: h),
    "two parts": rearranged(lambda h, p, s: f"{h}.{p}"),
    "two parts and a dot": rearranged(lambda h, p, s: f"{h}.{p}."),
    "four parts": rearranged(lambda h, p, s: f"{h}.{p}.{s}.{s}"),
    "five parts, like an encrypted token": rearranged(lambda h, p, s: f"{h}.{p}.{s}.{s}.{s}"),
    "a dot before": rearranged(lambda h, p, s: f".{h}.{p}.{s}"),
    "empty header": rearranged(lambda h, p, s: f".{p}.{s}"),
    "empty payload": rearranged(lambda h, p, s: f"{h}..{s}"),
    "parts in another order": rearranged(lambda h, p, s: f"{p}.{h}.{s}"),
    "padding on the header": rearranged(lambda h, p, s: f"{h}=.{p}.{s}"),
    "padding on the payload": rearranged(lambda h, p, s: f"{h}.{p}=.{s}"),
    "padding on the signature": rearranged(lambda h, p, s: f"{h}.{p}.{s}=="),
    "a blank before": rearranged(lambda h, p, s: f" {h}.{p}.{s}"),
    "a blank inside": rearranged(lambda h, p, s: f"{h}. {p}.{s}"),
    "a tab inside": rearranged(lambda h, p, s: f"{h}.{p}.\t{s}"),
    "a line end inside": rearranged(lambda h, p, s: f"{h}.{p[:9]}\n{p[9:]}.{s}"),
    "a carriage return inside": rearranged(lambda h, p, s: f"{h}.{p[:9]}\r{p[9:]}.{s}"),
    "NUL at the end": rearranged(lambda h, p, s: f"{h}.{p}.{s}\0"),
    "quotes around": rearranged(lambda h, p, s: f'"{h}.{p}.{s}"'),
    "percent-encoded dots": rearranged(lambda h, p, s: f"{h}%2E{p}%2E{s}"),
    "Bearer before": rearranged(lambda h, p, s: f"Bearer {h}.{p}.{s}"),
    "the standard alphabet": lambda f: f.token(claims={"x": "??>>??>>~~~"}).replace("_", "/").replace("-", "+"),
    "a plus": rearranged(lambda h, p, s: f"{h}.{p}.+{s[1:]}"),
    "a letter beyond ASCII": rearranged(lambda h, p, s: f"{h}.{p}.{s[:-1]}é"),
    "a full-width letter": rearranged(lambda h, p, s: f"{h}.{p}.Ａ{s[1:]}"),
    "a byte that is no UTF-8": rearranged(lambda h, p, s: f"{h}.{p}.{s[:-1]}\xff"),
    "a part of a length that spells nothing": rearranged(lambda h, p, s: f"{h}.{p[: len(p) // 4 * 4 + 1 - 4]}.{s}"),
    "header twin": twin(0),
    "payload twin": twin(1),
    "signature twin": twin(2),
    "one byte too long": of_length(4085),
    "as long as a header may be": lambda f: f.token(claims={"x": "x" * 9000}),
    "JSON serialisation": rearranged(lambda h, p, s: json.dumps({"protected": h, "payload": p, "signature": s})),
    "payload not JSON": payload("session"),
    "payload empty": payload(""),
    "payload a list": payload("[]"),
    "payload a text": payload('"session"'),
    "payload a number": payload("1"),
    "payload null": payload("null"),
    "payload empty object": payload("{}"),
    "payload nested deep": payload('{"x":' + "[" * 1400 + "]" * 1400 + "}"),
    "payload nested 65 deep": with_members('"x":' + '{"x":' * 64 + "1" + "}" * 64),
    "payload a byte order mark": lambda f: f.sign(
        '{"alg":"EdDSA","kid":"ed"}', b"\xef\xbb\xbf" + json.dumps(good_claims(f.now)).encode(), f.keys["ed"]
    ),
    "payload in UTF-16": lambda f: f.sign(
        '{"alg":"EdDSA","kid":"ed"}', json.dumps(good_claims(f.now)).encode("utf-16-le"), f.keys["ed"]
    ),
    "payload in UTF-32": lambda f: f.sign(
        '{"alg":"EdDSA","kid":"ed"}', json.dumps(good_claims(f.now)).encode("utf-32"), f.keys["ed"]
    ),
    "payload deflated, as with zip": lambda f: f.sign('{"alg":"EdDSA","kid":"ed","zip":"DEF"}', b"x\x9c", f.keys["ed"]),
    "payload with two objects": lambda f: f.sign(
        '{"alg":"EdDSA","kid":"ed"}', json.dumps(good_claims(f.now)) * 2, f.keys["ed"]
    ),
}
