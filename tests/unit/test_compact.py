"""Base64url: one spelling for the bytes of a token's part, or of a key's number."""

import pytest

from security.algorithms import InvalidKey, load
from security.compact import decode_base64url
from tests.support.tokens import private_jwk

NOT_CANONICAL = {
    "white space inside": b"AAA AAAA",
    "line feed inside": b"AAAA\nAAA",
    "a foreign character inside": b"AA!AA",
    "padding": b"AAE=",
    "padding in the middle": b"AA==AAAA",
    "the standard alphabet's plus": b"AA+A",
    "the standard alphabet's slash": b"AA/A",
    "a length of one": b"A",
    "a length of five": b"AAAAA",
    "a last character with spare bits set, of two": b"AB",
    "a last character with spare bits set, of three": b"AAB",
    "a last byte beyond ASCII": b"AAA\xc3",
    "a first byte beyond ASCII": b"\xc3\xa4AA",
}
NUMBERS = {"EdDSA": ("x", "d"), "ES256": ("x", "y", "d"), "RS256": ("n", "e", "d", "qi"), "HS256": ("k",)}
PRIVATE = {alg: private_jwk(alg, "k") for alg in NUMBERS}
SPELLINGS = {
    "white space": lambda text: text[:1] + " \n" + text[1:],
    "a foreign character": lambda text: text[:1] + "!" + text[1:],
    "padding": lambda text: text + "=" * (-len(text) % 4 or 4),
    "a character beyond ASCII": lambda text: text[:1] + "ä" + text[1:],
}


@pytest.mark.parametrize("name", NOT_CANONICAL)
def test_what_is_not_canonical_stands_for_nothing(name):
    """What is not the one canonical spelling of some bytes stands for none."""
    with pytest.raises(ValueError, match=r"canonical|base64"):
        decode_base64url(NOT_CANONICAL[name])


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(("alg", "member"), [(alg, member) for alg, members in NUMBERS.items() for member in members])
def test_numbers_of_a_key_have_one_spelling(alg, member, spelling):
    """A key whose numbers are not strict base64url is refused: they would be published so, for others to stumble on."""
    jwk = PRIVATE[alg]
    with pytest.raises(InvalidKey, match=f"member '{member}' is not base64url"):
        load(alg, {**jwk, member: SPELLINGS[spelling](jwk[member])})
