"""`python -m benchmarks`: measure, print the tables, write results.json and the pictures."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence, Set
from contextlib import ExitStack
from pathlib import Path

from benchmarks import chart, report
from benchmarks.client import WrongAnswer, drive
from benchmarks.growth import growth
from benchmarks.measure import Figures, Load, measure
from benchmarks.servers import CONSTANT, PROGRAMS, REFERENCE, DidNotStart, available, pinned, running
from benchmarks.sessions import ALGORITHMS, Sessions, make_key, write_keys

HERE = Path(__file__).parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=2.0, help="a server's share of a round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--only", type=str.lower, choices=[each.lower() for each in ALGORITHMS])
    parser.add_argument("--peers", help=f"comma-separated, of: {', '.join(PROGRAMS)}")
    parser.add_argument("--quick", action="store_true", help="a look, not a measurement: nothing is written")
    parser.add_argument("--skip-growth", action="store_true")
    given = parser.parse_args()
    names = given.peers.split(",") if given.peers else list(PROGRAMS)
    if unknown := set(names) - set(PROGRAMS):
        parser.error(f"--peers: there is no {', '.join(sorted(unknown))}")
    given.peers = [name for name in PROGRAMS if name in {*names, REFERENCE}]
    if given.quick:
        given.rounds, given.seconds = 3, 1.0
    return given


def compare(algorithm: str, names: Sequence[str], given: argparse.Namespace, cores: Set[int]) -> list[Figures]:
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        state = Path(directory)
        key = make_key(algorithm)
        write_keys(state / "keys.json", key)
        servers = [stack.enter_context(running(PROGRAMS[name], state, cores)) for name in names]
        load = Load(Sessions.make(key), given.rounds, given.seconds, given.connections)
        return measure(servers, load)


def generator_limit(connections: int, cores: Set[int]) -> float:
    requests = Sessions.make(make_key("EdDSA")).requests
    with tempfile.TemporaryDirectory() as directory, running(CONSTANT, Path(directory), cores) as server:
        return drive(server.port, requests, connections, seconds=2.0).rate


def main() -> int:
    given = arguments()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("two cores are needed: one for the server, one for the load generator", file=sys.stderr)
        return 1
    names = [name for name in given.peers if available(name)]
    server_cores = {cores[0]}
    try:
        with pinned({cores[-1]}):
            limit = generator_limit(given.connections, server_cores)
            print(f"The load generator drives at most {limit:,.0f} requests/s here.\n")
            results: dict[str, list[Figures]] = {}
            for algorithm in ALGORITHMS:
                if given.only in (None, algorithm.lower()):
                    results[algorithm] = compare(algorithm, names, given, server_cores)
                    print(report.table(algorithm, results[algorithm]), end="\n\n", flush=True)
            grown = None
            if not given.skip_growth and "session-refresh" in names:
                sessions = Sessions.make(make_key("EdDSA"))
                grown = growth(Load(sessions, given.rounds, given.seconds, given.connections), cores)
                print(report.growth_table(grown))
    except (DidNotStart, WrongAnswer) as error:
        print(error, file=sys.stderr)
        return 1
    if not given.quick:
        load = {name: getattr(given, name) for name in ("rounds", "seconds", "connections")}
        written = report.document(results, grown, limit, load)
        (HERE / "results.json").write_text(json.dumps(written, indent=2) + "\n")
        chart.draw(written, HERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
