"""The tables of docs/capacity.md, from the results."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.capacity.formats import count, milliseconds, number, seconds, size, table
from benchmarks.capacity.model import (
    KEPT_IDLE_SECONDS,
    KEPT_SECONDS,
    Deployment,
    line,
    sizes_of,
)

Results = Mapping[str, Any]
Row = Sequence[str]
USERS = (1_000_000, 10_000_000, 100_000_000)
BEYOND = 100_000_000  # revocations, by the straight line
FORMS = {
    "ours": "as it is: the name, and the hour until which it counts",
    "digests": "8 bytes of a keyed digest, sorted",
    "bloom": "a Bloom filter of 10 bits",
}


def refreshes(results: Results) -> str:
    def row(name: str, own: Mapping[str, Any]) -> Row:
        rate, cpu = own["requests_per_second"], own["cpu_us"]
        return name, number(rate), f"{own['server_busy']:.0%}", number(cpu), number(1e6 / cpu), number(own["p99_ms"])

    return table(
        ("one worker", "refreshes/s", "of a core", "CPU µs each", "a whole core", "p99 ms"),
        *(row(name, own) for name, own in results["refreshes"]["one_worker"].items()),
    )


def revocations(results: Results) -> str:
    measured = sizes_of(results, "postgresql")

    def row(title: str, shown: Callable[[float], str], *path: str, database: str = "postgresql") -> Row:
        grown = line(results, *path, database=database)
        return title, *(shown(grown(each["revocations"])) for each in measured), shown(grown(BEYOND))

    kept = ("tables", "revocations")
    ready = ("worker", "ready_seconds")
    return table(
        ("revocations in force", *(count(each["revocations"]) for each in measured), f"{count(BEYOND)}, extrapolated"),
        row("memory of a worker (PSS)", lambda mib: size(mib * 2**20), "worker", "proportional_mib"),
        row("start of a worker, PostgreSQL", seconds, *ready),
        row("start of a worker, SQLite", seconds, *ready, database="sqlite"),
        row("CPU time of a start, PostgreSQL", seconds, "worker", "start_cpu_seconds"),
        row("CPU time of PostgreSQL for a start", seconds, "replica", "read", "database_cpu_seconds"),
        row("sent by PostgreSQL to each start", size, "replica", "read", "received_bytes"),
        row("table in PostgreSQL", size, *kept, "table"),
        row("its indexes", size, *kept, "indexes"),
        row("file of SQLite", size, "file_bytes", database="sqlite"),
    )


def following(results: Results) -> str:
    measured = [each for database in ("postgresql", "sqlite") for each in sizes_of(results, database)]

    def row(title: str, figure: Callable[[Results], float], shown: Callable[[float], str] = milliseconds) -> Row:
        return title, *(shown(figure(each)) for each in measured)

    names = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
    rows = [
        ("revocations in force", *(f"{count(each['revocations'])}, {names[each['database']]}" for each in measured)),
        row("a poll with nothing new", lambda each: each["replica"]["poll"]["p50_ms"]),
        row("CPU of it, in the worker", lambda each: each["replica"]["poll"]["cpu_us"] / 1e3),
        row("to revoke one session, durably", lambda each: each["replica"]["revoke_ms"]),
    ]
    for place, change in enumerate(measured[0]["replica"]["changes"]):
        rows.append(
            row(
                f"to read {count(change['count'])} new",
                lambda each, place=place: each["replica"]["changes"][place]["seconds"] * 1e3,  # type: ignore[misc]
            )
        )
    rows += [
        row("longest pause of the worker at that", lambda each: each["replica"]["changes"][-1]["longest_stall_ms"]),
        row("p99 of a refresh, undisturbed", lambda each: each["worker"]["undisturbed"]["p99_ms"]),
        row("p99 of a refresh at that", lambda each: each["worker"]["while_reading"]["p99_ms"]),
        row("to delete 10,000 old ones", lambda each: each["replica"]["forget"]["piece_ms"]),
        row("longest poll meanwhile", lambda each: each["replica"]["forget"]["longest_poll_ms"]),
        row("longest pause to drop old ones", lambda each: each["replica"]["forget"]["longest_stall_ms"]),
        row("to read all again after a restore", lambda each: each["replica"]["resync"]["seconds"], seconds),
    ]
    return table(*rows)


def fleet(results: Results) -> str:
    found = results["fleet"]
    columns = {"directly": found["polls"]}
    if "pooled" in found:
        columns["through PgBouncer"] = found["pooled"]

    def row(title: str, shown: Callable[[float], str], figure: str) -> Row:
        return title, *(shown(each[figure]) for each in columns.values())

    return table(
        (f"{found['replicas']} replicas, a poll a second each", *columns),
        row("connections of PostgreSQL", count, "connections"),
        row("a poll, p50", milliseconds, "p50_ms"),
        row("a poll, p99", milliseconds, "p99_ms"),
        row("CPU of PostgreSQL for a poll", lambda each: f"{number(each)} µs", "database_cpu_us"),
        row("staleness, p50", seconds, "staleness_p50"),
        row("staleness, p99", seconds, "staleness_p99"),
        row("staleness, worst", seconds, "staleness_worst"),
    )


def events(results: Results) -> str:
    found = results["fleet"]
    restart, change, few = found["restart"], found["change"], found["too_few"]
    rows = [
        ("all start at once, until each has read", seconds(found["start_seconds"])),
        (
            f"PostgreSQL was away for {seconds(restart['down_seconds'])}; back, until each has read",
            seconds(restart["all_read_seconds"]),
        ),
        (f"{count(change['count'])} are revoked at once, until each has them", seconds(change["seconds"])),
        ("CPU of PostgreSQL for that, a thousand rows read", milliseconds(change["database_cpu_us_a_row"])),
        (
            f"{count(few['allowed'])} connections for {count(found['replicas'])} replicas: how many are fresh",
            count(few["fresh"]),
        ),
    ]
    return table((f"{found['replicas']} replicas", ""), *rows)


def writes(results: Results) -> str:
    found = results["writes"]
    rows = [(f"PostgreSQL, {each['writers']} at once", number(each["per_second"])) for each in found["postgresql"]]
    rows.append(
        (f"PostgreSQL, {count(found['at_once']['count'])} in a transaction", number(found["at_once"]["per_second"]))
    )
    rows.append(("SQLite, one after the other", number(found["sqlite"]["per_second"])))
    rows.append(("by the command `revoke`, a core's worth", number(1 / found["command_cpu_seconds"])))
    return table(("revocations", "a second"), *rows)


def forms(results: Results) -> str:
    return table(
        ("in memory", "bytes each", "a lookup, µs", "wrongly found"),
        *(
            (FORMS[each["form"]], number(each["bytes_each"]), number(each["lookup_us"]), f"{each['wrongly_found']:.1%}")
            for each in results["forms"]
        ),
    )


def deployments(results: Results) -> str:
    wanted = [Deployment(users, results) for users in USERS]

    def row(title: str, shown: Callable[[float], str], figure: Callable[[Deployment], float]) -> Row:
        return title, *(shown(figure(each)) for each in wanted)

    def kept(title: str, seconds_kept: float) -> Sequence[Row]:
        def of(*path: str) -> Callable[[Deployment], float]:
            return lambda each: line(results, *path)(each.in_force(seconds_kept))

        memory, sent = of("worker", "proportional_mib"), of("replica", "read", "received_bytes")
        return (
            row(title, number, lambda each: each.in_force(seconds_kept)),
            row("memory of each worker", size, lambda each: memory(each) * 2**20),
            row("start of a worker", seconds, of("worker", "ready_seconds")),
            row("PostgreSQL sends, if all start", size, lambda each: sent(each) * each.workers),
        )

    return table(
        ("signed-in users", *(count(users) for users in USERS)),
        row("refreshes a second, busiest hour", number, lambda each: each.refreshes),
        row("cores for them, half used, EdDSA", number, lambda each: each.cores("EdDSA")),
        row("workers, two machines at least", count, lambda each: each.workers),
        row("network, both ways", lambda each: f"{size(each)}/s", lambda each: each.network),
        row("log", lambda each: f"{size(each)}/day", lambda each: each.log_a_day),
        row("cores of Valkey, shared limits", number, lambda each: each.valkey_cores),
        row("revocations a second, at the peak", number, lambda each: each.revoked_at_peak),
        row("audit trail, 400 days", size, lambda each: each.audit_bytes),
        *kept("**as by default**: revocations in force", KEPT_SECONDS),
        *kept("**`IDLE_TIMEOUT` of a day or less**: in force", KEPT_IDLE_SECONDS),
    )


TABLES: Mapping[str, Callable[[Results], str]] = {
    each.__name__: each for each in (refreshes, revocations, following, fleet, events, writes, forms, deployments)
}
