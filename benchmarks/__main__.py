"""`python -m benchmarks`: measure, print the tables, write results.json and the pictures."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence, Set
from contextlib import ExitStack
from pathlib import Path

from benchmarks import chart, client, report, wrk
from benchmarks.crowds import crowds
from benchmarks.growth import growth
from benchmarks.measure import Drive, Figures, Load, measure
from benchmarks.results import document
from benchmarks.servers import CONSTANT, PROGRAMS, REFERENCE, available, running
from benchmarks.sessions import ALGORITHMS, BODIES, EMPTY_OBJECT, Sessions, make_key, write_keys
from benchmarks.statements import statements
from benchmarks.verification import Verification, verification
from tests.support.program import DidNotStart, pinned

HERE = Path(__file__).parent
GENERATORS: dict[str, Drive] = {"wrk": wrk.drive, "client.py": client.drive}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=2, help="a server's share of a round, with each body")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--generator", choices=GENERATORS, default="wrk" if wrk.installed() else "client.py")
    parser.add_argument("--only", type=str.lower, choices=[each.lower() for each in ALGORITHMS])
    parser.add_argument("--peers", help=f"comma-separated, of: {', '.join(PROGRAMS)}")
    parser.add_argument("--quick", action="store_true", help="a look, not a measurement: nothing is written here")
    parser.add_argument("--skip-growth", action="store_true")
    parser.add_argument("--skip-crowds", action="store_true")
    parser.add_argument("--skip-verification", action="store_true")
    parser.add_argument("--skip-statements", action="store_true")
    parser.add_argument("--into", type=Path, help="the directory for results.json and the pictures")
    given = parser.parse_args()
    names = given.peers.split(",") if given.peers else list(PROGRAMS)
    if unknown := set(names) - set(PROGRAMS):
        parser.error(f"--peers: there is no {', '.join(sorted(unknown))}")
    given.peers = [name for name in PROGRAMS if name in {*names, REFERENCE}]
    if given.quick:
        given.rounds, given.seconds = 3, 1
    elif given.into is None:
        given.into = HERE
    return given


def load_of(given: argparse.Namespace, sessions: Sessions) -> Load:
    return Load(sessions, GENERATORS[given.generator], given.rounds, given.seconds, given.connections)


def compare(
    algorithm: str, names: Sequence[str], given: argparse.Namespace, cores: Set[int]
) -> dict[str, list[Figures]]:
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        state = Path(directory)
        key = make_key(algorithm)
        write_keys(state / "keys.json", key)
        servers = [stack.enter_context(running(PROGRAMS[name], state, cores)) for name in names]
        return measure(servers, load_of(given, Sessions.make(key)), tuple(BODIES))


def generator_limit(load: Load, cores: Set[int]) -> float:
    """Requests/s that the generator drives at a server that answers constant bytes."""
    requests = load.sessions.requests[EMPTY_OBJECT]
    with tempfile.TemporaryDirectory() as directory, running(CONSTANT, Path(directory), cores) as server:
        return load.drive(server.port, requests, load.connections, 2).rate


def main() -> int:
    given = arguments()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("two cores are needed: one for the server, one for the load generator", file=sys.stderr)
        return 1
    names = [name for name in given.peers if available(name)]
    server_cores = {cores[0]}
    generator = wrk.version() if given.generator == "wrk" else given.generator
    results: dict[str, dict[str, list[Figures]]] = {}
    verified: dict[str, Verification] = {}
    taken = grown = crowded = None
    try:
        with pinned({cores[-1]}):
            load = load_of(given, Sessions.make(make_key("EdDSA")))
            limit = generator_limit(load, server_cores)
            print(f"The load generator, {generator}, drives at most {limit:,.0f} requests/s here.\n")
            for algorithm in ALGORITHMS:
                if given.only in (None, algorithm.lower()):
                    results[algorithm] = compare(algorithm, names, given, server_cores)
                    for body, figures in results[algorithm].items():
                        print(report.table(algorithm, body, figures), end="\n\n", flush=True)
                    if not given.skip_verification and "session-refresh" in names:
                        verified[algorithm] = verification(algorithm, load, server_cores)
                        print(report.verification_table(algorithm, verified[algorithm]), end="\n\n", flush=True)
            if not given.skip_statements and "session-refresh" in names:
                taken = statements(load, server_cores)
                print(report.statements_table(taken), end="\n\n", flush=True)
            if not given.skip_growth and "session-refresh" in names:
                grown = growth(load, cores)
                print(report.growth_table(grown), end="\n\n", flush=True)
            if not given.skip_crowds and "session-refresh" in names:
                crowded = crowds(load, cores)
                print(report.crowds_table(crowded))
    except (DidNotStart, client.WrongAnswer) as error:
        print(error, file=sys.stderr)
        return 1
    if given.into:
        described = {name: getattr(given, name) for name in ("rounds", "seconds", "connections")}
        described |= {"generator": generator, "generator_limit": round(limit)}
        written = document(results, verified, taken, grown, crowded, described)
        (given.into / "results.json").write_text(json.dumps(written, indent=2) + "\n")
        chart.draw(written, given.into)
    return 0


if __name__ == "__main__":
    sys.exit(main())
