"""The attack list: one row, one token that must be refused, one name. Add a row to try another."""

from __future__ import annotations

from tests.support.attacks.accepted import ACCEPTED, FROM_THE_FUTURE, LONGEST
from tests.support.attacks.algorithm import ALGORITHMS
from tests.support.attacks.changes import Attack
from tests.support.attacks.claim import CLAIMS
from tests.support.attacks.header import HEADERS
from tests.support.attacks.key import KEYS
from tests.support.attacks.signature import SIGNATURES
from tests.support.attacks.structure import STRUCTURE

ATTACKS: dict[str, Attack] = {
    f"{part}: {name}": attack
    for part, rows in {
        "algorithm": ALGORITHMS, "key": KEYS, "header": HEADERS, "structure": STRUCTURE, "signature": SIGNATURES,
        "claim": CLAIMS,
    }.items()
    for name, attack in rows.items()
}  # fmt: skip

__all__ = ["ACCEPTED", "ATTACKS", "FROM_THE_FUTURE", "LONGEST", "Attack"]
