"""The supported JWS algorithms: loading a JSON Web Key, and checking its strength."""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from jwt.algorithms import Algorithm
from nacl import bindings as sodium
from nacl.exceptions import BadSignatureError

from security.compact import decode_base64url

Jwk = Mapping[str, Any]
Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]

MIN_HMAC_BYTES = 32  # RFC 7518 section 3.2: a key of the size of the hash output or larger
MIN_RSA_BITS = 2048  # RFC 7518 section 3.3
MAX_RSA_BITS = 16_384  # above, one signature takes seconds; OpenSSL verifies none (OPENSSL_RSA_MAX_MODULUS_BITS)
MAX_RSA_EXPONENT_BITS = 64  # the same: OPENSSL_RSA_MAX_PUBEXP_BITS
SMALL_FACTORS = 65_536


class InvalidKey(ValueError):
    """A key that cannot be used. The message says why and never contains key material."""


class KeyOperations(NamedTuple):
    """What a loaded key can do. `sign` is None for a public key, `public` is None for a shared secret."""

    sign: Sign | None
    verify: Verify
    public: dict[str, Any] | None


def _member_bytes(jwk: Jwk, name: str) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidKey(f"member {name!r} is missing or not text")
    try:
        return decode_base64url(value.encode())
    except (ValueError, UnicodeError) as error:
        raise InvalidKey(f"member {name!r} is not base64url") from error


def _eddsa(jwk: Jwk) -> KeyOperations:
    """Ed25519 (RFC 8037 section 2), by libsodium: it needs 60 % of the time that OpenSSL needs."""
    if jwk.get("crv") != "Ed25519":
        raise InvalidKey("EdDSA needs crv Ed25519")
    public = _member_bytes(jwk, "x")
    if len(public) != sodium.crypto_sign_PUBLICKEYBYTES:
        raise InvalidKey("an Ed25519 public key has 32 bytes")
    if not sodium.crypto_core_ed25519_is_valid_point(public):
        raise InvalidKey("member 'x' is not a safe point of the curve")

    def verify(message: bytes, signature: bytes) -> bool:
        if len(signature) != sodium.crypto_sign_BYTES:
            return False
        try:
            sodium.crypto_sign_open(signature + message, public)
        except BadSignatureError:
            return False
        return True

    public_jwk = {name: jwk[name] for name in ("kty", "crv", "x")}
    if "d" not in jwk:
        return KeyOperations(None, verify, public_jwk)
    seed = _member_bytes(jwk, "d")
    if len(seed) != sodium.crypto_sign_SEEDBYTES:
        raise InvalidKey("an Ed25519 private key has 32 bytes")
    derived, private = sodium.crypto_sign_seed_keypair(seed)
    if derived != public:
        raise InvalidKey("members 'd' and 'x' do not belong to the same key")
    return KeyOperations(
        lambda message: sodium.crypto_sign(message, private)[: sodium.crypto_sign_BYTES], verify, public_jwk
    )


def _hs256(jwk: Jwk) -> KeyOperations:
    """HMAC with SHA-256 (RFC 7518 section 3.2). Copying a keyed HMAC takes 40 % of the time of making one."""
    secret = _member_bytes(jwk, "k")
    if len(secret) < MIN_HMAC_BYTES:
        raise InvalidKey(f"HS256 needs a key of at least {MIN_HMAC_BYTES} bytes")
    if len(set(secret)) == 1:
        raise InvalidKey("HS256 needs a random key, not one byte repeated")
    keyed = HMAC(secret, SHA256())

    def sign(message: bytes) -> bytes:
        mac = keyed.copy()
        mac.update(message)
        return mac.finalize()

    return KeyOperations(sign, lambda message, signature: hmac.compare_digest(sign(message), signature), None)


def _by_pyjwt(
    name: str, jwk: Jwk, base64url_members: tuple[str, ...], public_members: tuple[str, ...]
) -> KeyOperations:
    for member in base64url_members:
        if member in jwk:  # PyJWT skips invalid characters; we publish these members, so they are checked
            _member_bytes(jwk, member)
    algorithm = jwt.PyJWS().get_algorithm_by_name(name)
    try:
        loaded = algorithm.from_jwk(dict(jwk))
    except (jwt.InvalidKeyError, ValueError, TypeError, UnsupportedAlgorithm, KeyError) as error:
        raise InvalidKey(f"not a valid {name} key") from error
    if isinstance(loaded, rsa.RSAPrivateKey | rsa.RSAPublicKey) and loaded.key_size < MIN_RSA_BITS:
        raise InvalidKey(f"RS256 needs at least {MIN_RSA_BITS} bits")
    public = loaded.public_key() if isinstance(loaded, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) else loaded
    return KeyOperations(
        None if public is loaded else _signer(algorithm, loaded),
        lambda message, signature: algorithm.verify(message, public, signature),
        {member: jwk[member] for member in public_members},
    )


def _signer(algorithm: Algorithm, private: Any) -> Sign:
    return lambda message: algorithm.sign(message, private)


def _es256(jwk: Jwk) -> KeyOperations:
    """ECDSA on P-256 (RFC 7518 section 3.4)."""
    if jwk.get("crv") != "P-256":
        raise InvalidKey("ES256 needs crv P-256")
    return _by_pyjwt("ES256", jwk, ("x", "y", "d"), ("kty", "crv", "x", "y"))


@cache
def _small_primes() -> int:
    """The product of all primes below SMALL_FACTORS."""
    sieve = bytearray([1]) * SMALL_FACTORS
    for number in range(2, math.isqrt(SMALL_FACTORS) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, SMALL_FACTORS, number)))
    return math.prod(number for number in range(2, SMALL_FACTORS) if sieve[number])


def _rs256(jwk: Jwk) -> KeyOperations:
    """RSASSA-PKCS1-v1_5 (RFC 7518 section 3.3)."""
    modulus, exponent = (int.from_bytes(_member_bytes(jwk, name)) for name in ("n", "e"))
    if modulus.bit_length() > MAX_RSA_BITS or exponent.bit_length() > MAX_RSA_EXPONENT_BITS:
        raise InvalidKey(f"RS256 takes at most {MAX_RSA_BITS} bits, and {MAX_RSA_EXPONENT_BITS} in the exponent")
    if math.gcd(modulus, _small_primes()) != 1:
        raise InvalidKey("member 'n' is not the product of two large primes")
    private = ("d", "p", "q", "dp", "dq", "qi")
    if any(name in jwk and int.from_bytes(_member_bytes(jwk, name)) >= modulus for name in private):
        raise InvalidKey("a private member is not less than the modulus")  # without p and q, its size is a cost
    return _by_pyjwt("RS256", jwk, ("n", "e", *private), ("kty", "n", "e"))


# From algorithm name (RFC 7518 section 3.1, RFC 8037 section 3.1) to key type (RFC 7518 section 6.1) and loader.
ALGORITHMS: Mapping[str, tuple[str, Callable[[Jwk], KeyOperations]]] = {
    "EdDSA": ("OKP", _eddsa),
    "Ed25519": ("OKP", _eddsa),
    "ES256": ("EC", _es256),
    "RS256": ("RSA", _rs256),
    "HS256": ("oct", _hs256),
}

KEY_TYPES = tuple(dict.fromkeys(kty for kty, _ in ALGORITHMS.values()))
# For a key of this curve, they name one algorithm (RFC 9864 section 2.2).
ED25519 = ("EdDSA", "Ed25519")


def load(alg: str, jwk: Jwk) -> KeyOperations:
    """The operations of `jwk`, a key for `alg`, one of ALGORITHMS. Raises InvalidKey if it is malformed or too weak."""
    kty, loader = ALGORITHMS[alg]
    if jwk.get("kty") != kty:
        raise InvalidKey(f"{alg} needs kty {kty}")
    operations = loader(jwk)
    if operations.sign is not None and not operations.verify(b"a try", operations.sign(b"a try")):
        raise InvalidKey("it does not verify what it signs")
    return operations
