"""kill -9 in the middle of revocations loses none that was acknowledged."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.dashboards import mint
from tests.support.service import Service
from tests.support.waiting import wait_for

ALL = 200
# Runs the program's own commands in turn. Each prints a line, its acknowledgement, after it returned 0.
COMMANDS = """
import sys
from service.cli.program import run
for number in range(int(sys.argv[1]), int(sys.argv[2])):
    status = run(["revoke", "--session", f"s-{number}"])
    if status:
        sys.exit(status)
    print("done", number, flush=True)
"""


def revoke(service, first, beyond):
    """Starts the revocation of sessions `first` up to, not including, `beyond`."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMANDS, str(first), str(beyond)],
        env=service.environ, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_acknowledged_revocations_survive_kill_9(start, request, tmp_path, store):
    """Service and command are killed in the middle of 200 revocations.

    Every acknowledged one is in force afterwards.
    """
    keys = {"KEYS_FILE": str(tmp_path / "keys.json"), "RATE_LIMIT": "100000/minute"}
    Service(tmp_path, **keys).cli("keys", "add")
    if store == "postgresql":
        keys["DATABASE_URL"] = request.getfixturevalue("postgresql").new_database()
    service = start(FAILURE_RATE_LIMIT="100000/minute", **keys)
    tokens = mint(service, *(f"s-{number}" for number in range(ALL + 1)))
    acknowledged = []
    command = revoke(service, 0, ALL)
    for line in command.stdout:
        if not line.startswith("done "):
            continue  # what the command says itself
        acknowledged.append(int(line.split()[1]))
        if len(acknowledged) == ALL // 3:
            service.stop(9)  # not started again before the end, or the command could finish first
        if len(acknowledged) == ALL // 2:
            command.kill()  # lines that are on their way still count as acknowledged
    command.wait()
    command.stdout.close()
    assert ALL // 2 <= len(acknowledged) < ALL
    service.start()
    assert {service.refresh(tokens[number]).status for number in acknowledged} == {401}
    # The one that was under way may be revoked or not. The others never were.
    untouched = range(len(acknowledged) + 1, ALL + 1)
    assert {service.refresh(tokens[number]).status for number in untouched} == {200}
    rest = revoke(service, len(acknowledged), ALL)
    done = [line for line in rest.communicate()[0].splitlines() if line.startswith("done ")]
    assert done == [f"done {number}" for number in range(len(acknowledged), ALL)]
    wait_for(lambda: service.refresh(tokens[ALL - 1]).status == 401, "the last one")
    assert {service.refresh(token).status for token in tokens[:ALL]} == {401}
    assert service.refresh(tokens[ALL]).status == 200


def test_kill_9_leaves_an_intact_database(start):
    """After repeated kills of the service and of commands, the SQLite file passes its integrity check."""
    import sqlite3

    service = start()
    for turn in range(3):
        command = revoke(service, turn * ALL, (turn + 1) * ALL)
        for number, _ in enumerate(command.stdout):
            if number == 5:
                command.kill()
                service.stop(9)
        command.wait()
        command.stdout.close()
        service.start()
    connection = sqlite3.connect(service.state / "state.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    assert service.refresh(service.login()).status == 200
