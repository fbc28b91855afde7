"""What is deployed: no state and no secret in commits or images, and platforms that are told what they need to know."""

from __future__ import annotations

import ipaddress
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.support.build_context import is_in_context

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SECRET = [
    ".session-refresh/keys.json", ".session-refresh/state.db", ".session-refresh/.keys.json.lock", "state/keys.json",
    "state/anything", "service/.session-refresh/state.db-wal", "deploy/.session-refresh/keys.json", "keys.json",
    "state.db", "state.db-wal", "state.db-shm", "other/state.db-journal", "other/keys.json", "other/.keys.json.4711",
    "security/keys.json", "service/state/state.db", "dashboard/demo/.session-refresh/keys.json",
    ".env", ".env.production", "deploy/.env", "session-refresh.env", "deploy/production.env", "service/local.env",
]  # fmt: skip


def git(*arguments: str) -> str:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a checkout of git")
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout


def test_state_and_settings_cannot_be_committed_by_mistake():
    """`git add .` leaves them out, wherever the service was started; and no file of ours is among them."""
    assert [path for path in SECRET if git("check-ignore", "--no-index", path).strip() != path] == []
    assert git("ls-files", "--cached", "--ignored", "--exclude-standard") == ""


def test_state_and_settings_do_not_get_into_an_image():
    """Nor does the history of the repository, or anything that nobody has thought of."""
    others = [
        ".git/config",
        ".tox/tests/bin/python",
        "notes.txt",
        "secrets/key.pem",
        "tests/conftest.py",
        "node_modules/x",
    ]
    assert [path for path in SECRET + others if is_in_context(path)] == []


def test_image_is_built_from_all_that_the_wheel_needs():
    """Every file that pyproject.toml packs is in the context, and what it names itself, and the lock files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [
        "pyproject.toml",
        project["project"]["readme"],
        *project["project"]["license-files"],
        *wheel["force-include"],
        *wheel["sbom-files"],
        *re.findall(r"-r (\S+)", (DEPLOY / "Containerfile").read_text()),
    ]
    for package in wheel["packages"]:
        needed += [str(file.relative_to(ROOT)) for file in (ROOT / package).rglob("*") if file.is_file()]
    assert [path for path in needed if "__pycache__" not in path and not is_in_context(path)] == []


def test_image_runs_as_a_user_that_is_known_not_to_be_root():
    """Kubernetes' runAsNonRoot refuses a user that is given by name. No key and no state is copied into the image."""
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    (user,) = [line.partition(" ")[2] for line in lines if line.startswith("USER ")]
    assert int(user) > 0
    last = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert [line for line in last if line.startswith(("COPY", "ADD"))] == ["COPY --from=build /app /app"]


def test_compose_names_the_proxy_that_it_stands_behind():
    """What comes through the published port comes from the gateway of the network, and only this machine can reach it."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    service = compose["services"]["session-refresh"]
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    trusted = service["environment"]["SESSION_REFRESH_FORWARDED_ALLOW_IPS"]
    assert trusted == network["gateway"]
    assert ipaddress.ip_address(trusted) in ipaddress.ip_network(network["subnet"])
    assert [port.partition(":")[0] for port in service["ports"]] == ["127.0.0.1"]


def settings_of_unit() -> dict[str, str]:
    lines = (DEPLOY / "session-refresh.service").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def test_unit_keeps_keys_out_of_core_files_and_needs_its_settings():
    """A missing environment file is a failed start, not a service with other keys."""
    unit = settings_of_unit()
    assert unit["LimitCORE"] == "0"
    assert unit["EnvironmentFile"].startswith("/")
    assert unit["ExecReload"] == "kill -HUP $MAINPID"


def test_systemd_understands_the_unit(tmp_path):
    """`systemd-analyze verify` has nothing to say about it."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd here")
    unit = tmp_path / "session-refresh.service"
    text = (DEPLOY / "session-refresh.service").read_text()
    unit.write_text(text.replace("/opt/session-refresh/bin/session-refresh", "/bin/true"))
    done = subprocess.run([analyze, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if str(unit) in line or unit.name in line]
    assert (done.returncode, said) == (0, [])
