"""How large a measurement is: the whole one, and a quick look of a hundredth."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    rounds: int  # of refreshes
    seconds: int  # of each slice in a round, and of other loads
    revocations: tuple[int, ...]  # in PostgreSQL; in SQLite the same
    changes: tuple[int, ...]  # revoked at once, while a replica follows
    polls: int
    replicas: int  # that poll one PostgreSQL
    fleet_revocations: int
    fleet_changes: int
    fleet_seconds: int
    writers: tuple[int, ...]
    represented: int  # revocations in other forms than ours


WHOLE = Scale(
    rounds=5,
    seconds=2,
    revocations=(1_000_000, 10_000_000),
    changes=(1, 1_000, 100_000),
    polls=200,
    replicas=200,
    fleet_revocations=10_000,
    fleet_changes=10_000,
    fleet_seconds=15,
    writers=(1, 8, 32),
    represented=1_000_000,
)
QUICK = Scale(
    rounds=1,
    seconds=1,
    revocations=(10_000, 100_000),
    changes=(1, 10, 1_000),
    polls=20,
    replicas=10,
    fleet_revocations=1_000,
    fleet_changes=200,
    fleet_seconds=3,
    writers=(1, 4),
    represented=10_000,
)
