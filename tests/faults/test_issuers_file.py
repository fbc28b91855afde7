"""An issuers file that comes, breaks, is repaired or goes, while the service runs."""

from __future__ import annotations

import json
import os
import shutil
import signal

import pytest

from tests.faults.test_signals import start_looking_rarely
from tests.faults.test_workers import workers_of
from tests.support import other_user
from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner
from tests.support.descriptors import used_up
from tests.support.other_user import GROUP, USER
from tests.support.providers import IDP, OTHER_IDP, Keys
from tests.support.waiting import wait_for

KEYS = Keys()
GOOD = json.dumps(KEYS.issuers())


def in_force(service):
    """The issuers of each time that the log told of some."""
    return [line["issuers"] for line in service.log.lines() if line["event"] == "issuers in force"]


def state(service):
    return service.get("/readyz").json()["issuers"]


def refusals(service):
    return service.log.events().count("issuers file refused, the issuers in force stay")


def garbage(path):
    path.write_bytes(b"\x00\xff no issuers")


def gone(path):
    path.unlink()


def folder(path):
    path.unlink()
    path.mkdir()


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def open_to_all(path):
    path.chmod(0o666)


def private_key(path):
    path.write_text(json.dumps([{**KEYS.issuers()[0], "jwks": {"keys": list(KEYS.own.values())}}]))


BROKEN = [garbage, gone, folder, pipe, open_to_all, private_key]


@pytest.fixture(scope="module")
def service(start_shared):
    """One service for all that can happen to its issuers file."""
    running = start_shared()
    (running.state / "issuers.json").write_text(GOOD)
    wait_for(lambda: in_force(running) == [[IDP, OTHER_IDP]], "the file to be found")
    return running


@pytest.mark.parametrize("breaks", [pytest.param(one, id=one.__name__) for one in BROKEN])
def test_broken_issuers_file_leaves_the_issuers_in_force(service, tmp_path, breaks):
    """The service tells that it cannot use the file, once, and goes on. The repaired one is picked up."""
    path = service.state / "issuers.json"
    whole = tmp_path / "whole"
    shutil.copy2(path, whole)
    told, found = refusals(service), len(in_force(service))
    breaks(path)
    wait_for(lambda: state(service) == "degraded: the issuers file cannot be used", "/readyz to say so")
    assert service.get("/readyz").status == 200, "it works, so it is ready"
    assert service.refresh(service.login()).status == 200
    wait_for(lambda: refusals(service) == told + 1, "the log to say so")
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    shutil.copy2(whole, path)
    wait_for(lambda: state(service) == "ok", "/readyz to be well")
    wait_for(lambda: len(in_force(service)) == found + 1, "the log to say so")


def test_issuers_file_may_be_replaced_through_a_link(start, tmp_path):
    """As in a mounted ConfigMap or Secret, whose links are exchanged (Kubernetes, AtomicWriter)."""
    for name, entries in (("..1", KEYS.issuers()), ("..2", KEYS.issuers()[2:])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "issuers.json").write_text(json.dumps(entries))
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "issuers.json").symlink_to("..data/issuers.json")
    service = start(ISSUERS_FILE=str(tmp_path / "issuers.json"))
    turned = tmp_path / "..data_tmp"
    turned.symlink_to("..2")
    turned.rename(tmp_path / "..data")
    wait_for(lambda: in_force(service) == [[OTHER_IDP]], "the other file's issuers")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_hangup_has_every_worker_look_at_the_issuers_file(start, tmp_path, workers):
    """After SIGHUP the issuers are in force in each of them at once, without waiting for the watch."""
    service = start_looking_rarely(start, tmp_path, workers)
    (service.state / "issuers.json").write_text(GOOD)
    service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: in_force(service) == [[IDP, OTHER_IDP]] * int(workers), "every worker", 3)


def test_issuers_file_that_came_while_no_file_could_be_opened_is_read(start):
    """EMFILE at that moment: it is in force as soon as a file can be opened."""
    service = start(KEEP_ALIVE="300")
    with used_up(service) as lift:
        (service.state / "issuers.json").write_text(GOOD)
        wait_for(lambda: "issuers file refused" in service.log.text(), "the service to notice")
        lift()
        wait_for(lambda: in_force(service) == [[IDP, OTHER_IDP]], "the issuers to be known", 5)
    assert refusals(service) == 1, "told once"


def test_worker_is_replaced_while_the_issuers_file_is_broken(start):
    """Refreshes do not depend on it: the new worker serves them, and takes the repaired file."""
    service = start("--workers", "2")
    service.wait_for_workers(2)
    path = service.state / "issuers.json"
    path.write_text("{")
    worker = workers_of(service)[0]
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: worker not in workers_of(service) and len(workers_of(service)) == 2, "a new worker", 40)
    service.wait_for_workers(3)
    assert {service.refresh(service.login()).status for _ in range(8)} == {200}
    path.write_text(GOOD)
    wait_for(lambda: in_force(service) == [[IDP, OTHER_IDP]] * 2, "both to trust them", 20)


@pytest.fixture
def runner(tmp_path):
    return CliRunner(tmp_path)


def test_bad_issuers_file_stops_serve_and_is_told_by_check(runner):
    """One line that names the file, the entry and the fault; exit 1, before it listens."""
    runner.make_state()
    path = runner.state / "issuers.json"
    entries = KEYS.issuers()
    path.write_text(json.dumps([*entries, {**entries[0], "organization": "x"}]))
    for command in (["check"], ["serve", "--port", "0"]):
        done = runner.run(*command, check=False)
        assert_fails(done, 1, f"issuers file {path}: entry 4: no such member: 'organization'")
    path.write_text(json.dumps(entries))
    assert runner.run("check").stdout == "everything is in place\n"
    path.chmod(0o666)
    assert_fails(runner.run("check", check=False), 1, "mode is 0666, must be 0644 at most")


def test_bad_issuers_file_elsewhere_is_told_by_check(runner):
    """Also before the first start, when the state directory is not there yet."""
    path = runner.state.parent / "elsewhere.json"
    path.write_text("{}")
    done = runner.run("check", check=False, ISSUERS_FILE=str(path))
    assert_fails(done, 1, f"issuers file {path}: not a list of issuers")


@pytest.mark.skipif(not other_user.is_root(), reason="only root can be another user")
def test_issuers_file_of_a_third_user_is_refused(own, service_of):
    """One of root's for everybody to read is fine; one that a third user owns could be changed by them."""
    path = own / "issuers.json"
    path.write_text(GOOD)
    os.chown(path, 0, GROUP)
    path.chmod(0o444)
    service = service_of(own, ISSUERS_FILE=str(path)).start()
    os.chown(path, USER + 1, GROUP)
    wait_for(lambda: state(service).startswith("degraded"), "/readyz to say so")
    told = f"belongs to user {USER + 1}, must be ours or root's"
    wait_for(lambda: told in service.log.text(), "the log to say so")
