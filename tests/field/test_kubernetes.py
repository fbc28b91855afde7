"""deploy/kubernetes, started as written there: user, groups, root, environment, probes; and as docs/kubernetes.md says."""

from __future__ import annotations

import json
from pathlib import Path

import jwt

from service.state.key_times import ADDED, DEMOTED
from tests.support import manifests
from tests.support.dashboards import successor
from tests.support.waiting import wait_for

STALE_SECONDS = 30  # 10 s of MAX_STALENESS, two probes, and a busy machine


def status_of(pod):
    """What the kernel says of the container's process (proc(5))."""
    lines = Path(f"/proc/{pod.container.pid}/status").read_text().splitlines()
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}


def test_pod_has_no_rights_and_can_write_nowhere(cluster):
    """It serves as process 1 of user 10001, without capabilities, under its limit of memory, and says nothing unusual."""
    pod = cluster.pod().ready()
    status = status_of(pod)
    assert status["NSpid"][-1] == "1"
    assert (set(status["Uid"]), set(status["Gid"]), status["Groups"]) == ({"10001"}, {"10001"}, ["10001"])
    assert {status[f"Cap{kind}"][0] for kind in ("Eff", "Prm", "Inh", "Bnd", "Amb")} == {"0" * 16}
    assert status["NoNewPrivs"] == ["1"]
    for folder in ("/", "/tmp", "/app", "/etc/session-refresh/keys", "/dev", "/var/lib/session-refresh"):
        assert "Read-only file system" in pod.exec("/usr/bin/touch", f"{folder}/x").stderr
    assert pod.refresh(cluster.login.sign()).status == 200
    assert pod.get("/readyz").json() == {
        "status": "ok", "store": "ok", "keys": "ok", "issuers": "ok", "rate_limits": "ok"
    }  # fmt: skip
    limits = manifests.container_of(manifests.pod_of("Deployment"))["resources"]["limits"]
    assert pod.memory() < manifests.number_of(limits["memory"])
    assert pod.terminate() == 0
    assert {line["level"] for line in pod.log.lines()} == {"info"}
    assert not [line for line in pod.log.text().splitlines() if not line.startswith(("{", "session-refresh ", "its "))]


def test_commands_of_the_page_work_in_a_pod(cluster):
    """`check` finds nothing wrong, `login` makes a session that is good, and `revoke` ends it; the trail has the reason."""
    pod = cluster.pod().ready()
    assert cluster.exec(pod, "session-refresh check").stdout == "everything is in place\n"
    token = cluster.exec(pod, "session-refresh login").stdout.partition("vk_org_token=")[2].strip("'\n")
    assert pod.refresh(token).status == 200
    asked = pod.internal.get("/verify", f"Cookie: vk_org_token={token}")
    assert (asked.status, asked.header("x-auth-subject")) == (200, "user_1")
    assert pod.internal.get("/metrics").status == 200
    assert "revoked in PostgreSQL" in cluster.exec(pod, "session-refresh revoke").stdout
    wait_for(lambda: pod.refresh(token).status == 401, "the revocation to be in force")
    (entry,) = cluster.exec(pod, "session-refresh audit").stdout.splitlines()[-1:]
    assert "session-refresh" in entry
    assert "alice: password changed" in entry


def kid_of(token):
    return jwt.get_unverified_header(token)["kid"]


def steps():
    """The page's commands for keys: three of a rotation, then four in an emergency."""
    found = [command for command in manifests.commands() if command.startswith("session-refresh keys ")]
    assert [step.split()[2] for step in found] == ["add", "promote", "retire", "list", "add", "promote", "retire"]
    return found


def pass_time(cluster, kid, name, seconds):
    """Moves what the key file says of a key into the past, as if it had been so for that long."""
    jwks = json.loads(cluster.keys_file.read_text())
    next(key for key in jwks["keys"] if key["kid"] == kid)[name] -= seconds
    cluster.keys_file.write_text(json.dumps(jwks))


def test_keys_are_rotated_by_the_secret(cluster):
    """The page's commands, each after its wait: a pod takes each change of the Secret, and no cookie is lost.

    A Secret that is broken meanwhile takes nothing away, and the pod stays ready.
    """
    pod = cluster.pod().ready()
    export = cluster.command("export SESSION_REFRESH_KEYS_FILE")
    add, promote, retire = (f"{export}; {step}" for step in steps()[:3])
    token = cluster.login.sign()
    old = kid_of(token)
    new = cluster.run(add).strip()
    cluster.push_keys(pod)
    assert new in cluster.exec(pod, "keys list").stdout
    wait_for(lambda: pod.log.event("keys in force")["kids"] == [old, new], "the pod to know the new key")
    assert kid_of(successor(pod.refresh(token))) == old
    _, _, count = cluster.command("grep -c").partition(" | ")
    wait_for(lambda: pod.log.event("request").get("kid") == old, "the line of the refresh")
    assert int(cluster.run(count.replace("OLD", old).replace("grep", f"< {pod.log.file} grep"))) == 1
    pod.volumes["keys"].write({"keys.json": "{"})
    wait_for(lambda: pod.get("/readyz").json()["keys"] != "ok", "the pod to see the broken Secret")
    assert pod.succeeds("readinessProbe")
    assert pod.refresh(token).status == 200

    pass_time(cluster, new, ADDED, 310)
    cluster.run(promote.replace("KID", new))
    cluster.push_keys(pod)
    wait_for(lambda: kid_of(successor(pod.refresh(token))) == new, "the pod to sign with the new key")
    assert pod.get("/readyz").json()["keys"] == "ok"

    pass_time(cluster, old, DEMOTED, 8 * 3600 + 60)
    cluster.run(retire.replace("OLD", old))
    cluster.push_keys(pod)
    wait_for(lambda: pod.refresh(token).status == 401, "the pod to forget the old key")
    assert pod.terminate() == 0


def test_key_in_wrong_hands_is_gone_at_once(cluster):
    """The page's commands, without a wait: a pod that got the file refuses what the old key signed, and signs anew."""
    pod = cluster.pod().ready()
    stolen = cluster.login.sign(sid="stolen")
    assert pod.refresh(stolen).status == 200
    export = cluster.command("export SESSION_REFRESH_KEYS_FILE")
    show, add, promote, retire = (f"{export}; {step}" for step in steps()[3:])
    assert cluster.run(show).split()[0] == kid_of(stolen)
    new = cluster.run(add).strip()
    cluster.run(promote.replace("KID", new))
    cluster.run(retire.replace("OLD", kid_of(stolen)))
    cluster.push_keys(pod)
    wait_for(lambda: pod.refresh(stolen).status == 401, "the pod to forget the old key")
    wait_for(lambda: pod.log.event("request")["reason"] == "header kid: no such key", "the refusal's line")
    assert kid_of(successor(pod.refresh(cluster.login.sign(sid="after")))) == new
    assert pod.terminate() == 0


def test_public_key_of_the_login_service_is_added(cluster, tmp_path):
    """The page's command, in a folder with a key file: it keeps its key, which signs, and gets the other's public one."""
    cluster.run("openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out login-public.pem", tmp_path)
    for words in ("mkdir", "keys add", "keys add --public"):
        cluster.run(cluster.command(words), tmp_path)
    own, public = json.loads((tmp_path / "keys/keys.json").read_text())["keys"]
    assert "d" in own
    assert "d" not in public


def test_outage_makes_a_pod_unready_and_never_ends_it(cluster):
    """Without Valkey it stays ready. Without the database, it is not, once refreshes get 503; afterwards it is, by itself."""
    pod = cluster.pod().ready()
    token = cluster.login.sign(sid="outage")
    cluster.valkey.stop()
    assert pod.refresh(token).status == 200
    wait_for(lambda: pod.get("/readyz").json()["rate_limits"] != "ok", "the pod to miss Valkey")
    assert pod.succeeds("readinessProbe")
    cluster.valkey.start()
    cluster.postgresql.stop()
    assert pod.refresh(token).status == 200
    wait_for(lambda: not pod.succeeds("readinessProbe"), "the pod to be taken out", STALE_SECONDS)
    assert pod.succeeds("livenessProbe")
    assert pod.refresh(token).header("retry-after")
    cluster.postgresql.start()
    wait_for(lambda: pod.succeeds("readinessProbe"), "the pod to be ready again", STALE_SECONDS)
    assert pod.refresh(token).status == 200
    assert pod.terminate() == 0
