"""A public key in a file, for `keys add --public`: a JSON Web Key, or PEM."""

from __future__ import annotations

import json
from typing import IO, Any

import click

from security import public_jwk
from security.algorithms import InvalidKey
from security.keys import KeySet
from service.state.guarded_file import MAX_BYTES


def read(file: IO[bytes], known: KeySet) -> dict[str, Any]:
    """The key in `file` as a member of the key file, which has the keys `known`. Raises ClickException."""
    try:
        text = file.read(MAX_BYTES)
    except OSError as error:
        raise click.ClickException(f"--public {file.name}: {error.strerror}") from error
    try:
        jwk = public_jwk.member(_jwk(text))
    except InvalidKey as error:
        raise click.ClickException(f"--public {file.name}: {error}") from error
    if jwk["kid"] in known.keys:
        raise click.ClickException(f"--public {file.name}: the key file has a key {jwk['kid']} already")
    print_of = public_jwk.thumbprint_of(jwk)
    for key in known.keys.values():
        if key.public is not None and public_jwk.thumbprint_of(key.public) == print_of:
            raise click.ClickException(f"--public {file.name}: the key file has this key already, as {key.kid}")
    return jwk


def _jwk(text: bytes) -> object:
    if text.lstrip().startswith(b"-----BEGIN"):
        return public_jwk.from_pem(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidKey("neither a JSON Web Key nor a public key in PEM") from error
