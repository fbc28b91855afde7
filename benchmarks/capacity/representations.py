"""Revocations of sessions in memory: as we hold them, and in smaller forms that might take their place.

`python -m benchmarks.capacity.representations FORM NUMBER` prints the figures as JSON.
"""

import bisect
import hashlib
import json
import secrets
import subprocess
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.capacity.databases import KEPT
from benchmarks.capacity.probe import resident_bytes
from benchmarks.capacity.scale import Scale
from benchmarks.servers import ROOT
from security.revocations import Revocation, RevocationList
from security.tokens import Session

LOOKUPS = 20_000
BITS, HASHES = 10, 7  # of a Bloom filter, for one in a hundred taken for revoked
KEY = secrets.token_bytes(16)  # nobody can choose names that collide

Lookup = Callable[[str], bool]


def representations(scale: Scale) -> list[dict[str, Any]]:
    """Each in a process of its own."""
    found = []
    for form in FORMS:
        command = [sys.executable, "-m", "benchmarks.capacity.representations", form, str(scale.represented)]
        ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        found.append(json.loads(ended.stdout))
    return found


def names(count: int) -> Iterator[str]:
    return (secrets.token_urlsafe(16) for _ in range(count))


def digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=8, key=KEY).digest()


def ours(count: int) -> Lookup:
    revocations = RevocationList()
    for number, name in enumerate(names(count)):
        revocations.add(Revocation(10**9 + number * KEPT // count, name))
    return lambda name: revocations.covers(Session("user", "org", name, 10**9, {}))


def digests(count: int) -> Lookup:
    """8 bytes each, sorted: of a billion pairs of names, none is expected to collide."""
    ordered = array("Q", sorted(int.from_bytes(digest(name)) for name in names(count)))

    def lookup(name: str) -> bool:
        wanted = int.from_bytes(digest(name))
        at = bisect.bisect_left(ordered, wanted)
        return at < len(ordered) and ordered[at] == wanted

    return lookup


def bloom(count: int) -> Lookup:
    size = count * BITS
    bits = bytearray(size // 8 + 1)

    def places(name: str) -> Iterator[int]:
        whole = int.from_bytes(digest(name))
        first, second = whole >> 32, whole & 0xFFFFFFFF | 1
        return ((first + number * second) % size for number in range(HASHES))

    for name in names(count):
        for place in places(name):
            bits[place >> 3] |= 1 << (place & 7)
    return lambda name: all(bits[place >> 3] >> (place & 7) & 1 for place in places(name))


FORMS: dict[str, Callable[[int], Lookup]] = {"ours": ours, "digests": digests, "bloom": bloom}


def measure(form: str, count: int) -> dict[str, Any]:
    others = list(names(LOOKUPS))
    before = resident_bytes()
    lookup = FORMS[form](count)
    held = resident_bytes() - before
    began = time.perf_counter()
    taken = sum(map(lookup, others))
    seconds = time.perf_counter() - began
    return {
        "form": form,
        "count": count,
        "bytes_each": held / count,
        "lookup_us": seconds / LOOKUPS * 1e6,
        "wrongly_found": taken / LOOKUPS,
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
