"""Attacks on the token's structure: its parts, their base64url, payloads that are no JSON object."""

from __future__ import annotations

import json

from tests.support.attacks.changes import Attack, bent, long, payload, spliced
from tests.support.tokens import Forge, good_claims


def twin(part: int) -> Attack:
    """A part whose last character spells the same bytes with other unused bits."""

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
    "header alone": bent(lambda h, p, s: h),
    "two parts": bent(lambda h, p, s: f"{h}.{p}"),
    "two parts and a dot": bent(lambda h, p, s: f"{h}.{p}."),
    "four parts": bent(lambda h, p, s: f"{h}.{p}.{s}.{s}"),
    "five parts, like an encrypted token": bent(lambda h, p, s: f"{h}.{p}.{s}.{s}.{s}"),
    "a dot before": bent(lambda h, p, s: f".{h}.{p}.{s}"),
    "empty header": bent(lambda h, p, s: f".{p}.{s}"),
    "empty payload": bent(lambda h, p, s: f"{h}..{s}"),
    "parts in another order": bent(lambda h, p, s: f"{p}.{h}.{s}"),
    "padding on the header": bent(lambda h, p, s: f"{h}=.{p}.{s}"),
    "padding on the payload": bent(lambda h, p, s: f"{h}.{p}=.{s}"),
    "padding on the signature": bent(lambda h, p, s: f"{h}.{p}.{s}=="),
    "a blank before": bent(lambda h, p, s: f" {h}.{p}.{s}"),
    "a blank inside": bent(lambda h, p, s: f"{h}. {p}.{s}"),
    "a tab inside": bent(lambda h, p, s: f"{h}.{p}.\t{s}"),
    "a line end inside": bent(lambda h, p, s: f"{h}.{p[:9]}\n{p[9:]}.{s}"),
    "a carriage return inside": bent(lambda h, p, s: f"{h}.{p[:9]}\r{p[9:]}.{s}"),
    "NUL at the end": bent(lambda h, p, s: f"{h}.{p}.{s}\0"),
    "quotes around": bent(lambda h, p, s: f'"{h}.{p}.{s}"'),
    "percent-encoded dots": bent(lambda h, p, s: f"{h}%2E{p}%2E{s}"),
    "Bearer before": bent(lambda h, p, s: f"Bearer {h}.{p}.{s}"),
    "the standard alphabet": lambda f: f.token(claims={"x": "??>>??>>~~~"}).replace("_", "/").replace("-", "+"),
    "a plus": bent(lambda h, p, s: f"{h}.{p}.+{s[1:]}"),
    "a letter beyond ASCII": bent(lambda h, p, s: f"{h}.{p}.{s[:-1]}é"),
    "a full-width letter": bent(lambda h, p, s: f"{h}.{p}.Ａ{s[1:]}"),
    "a byte that is no UTF-8": bent(lambda h, p, s: f"{h}.{p}.{s[:-1]}\xff"),
    "a part of a length that spells nothing": bent(lambda h, p, s: f"{h}.{p[: len(p) // 4 * 4 + 1 - 4]}.{s}"),
    "header twin": twin(0),
    "payload twin": twin(1),
    "signature twin": twin(2),
    "one byte too long": long(4097),
    "as long as a header may be": lambda f: f.token(claims={"x": "x" * 9000}),
    "JSON serialisation": bent(lambda h, p, s: json.dumps({"protected": h, "payload": p, "signature": s})),
    "payload not JSON": payload("session"),
    "payload empty": payload(""),
    "payload a list": payload("[]"),
    "payload a text": payload('"session"'),
    "payload a number": payload("1"),
    "payload null": payload("null"),
    "payload empty object": payload("{}"),
    "payload nested deep": payload('{"x":' + "[" * 1400 + "]" * 1400 + "}"),
    "payload nested 65 deep": spliced('"x":' + '{"x":' * 64 + "1" + "}" * 64),
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
