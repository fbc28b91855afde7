"""The environment as platforms make it: Kubernetes' variables, docker's and systemd's files."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.support.assertions import assert_fails
from tests.support.program import PROGRAM

KUBERNETES = {
    "SERVICE_HOST": "10.96.0.9", "SERVICE_PORT": "8080", "SERVICE_PORT_HTTP": "8080", "PORT": "tcp://10.96.0.9:8080",
    "PORT_8080_TCP": "tcp://10.96.0.9:8080", "PORT_8080_TCP_PROTO": "tcp", "PORT_8080_TCP_PORT": "8080",
    "PORT_8080_TCP_ADDR": "10.96.0.9",
}  # fmt: skip


def test_service_called_session_refresh_does_not_keep_its_pods_from_starting(start):
    """With all that Kubernetes sets for it, the service starts, on the port of its option."""
    running = start(**KUBERNETES)
    assert running.refresh(running.sign()).status == 200
    assert running.cli("check").returncode == 0


def test_quotes_of_an_environment_file_are_told(runner, tmp_path):
    """docker's --env-file keeps quotes and the carriage returns of Windows. The line names the setting."""
    for name, text in (
        ("ISSUER", '"https://a.example"'),
        ("AUDIENCE", "'a'"),
        ("METRICS", "true\r"),
        ("STATE_DIR", '"/srv"'),
    ):
        done = runner.run("check", check=False, **{name: text})
        assert_fails(done, 2, f"SESSION_REFRESH_{name}: must not ")
    assert not (tmp_path / '"').exists()


@pytest.mark.parametrize("name", ["DATABASE_URL", "RATE_LIMIT_URL"])
def test_url_in_quotes_is_told_without_its_password(runner, name):
    """The line names the setting and shows nothing of its value."""
    done = runner.run("check", check=False, **{name: '"redis://user:hunter2@h:1/0"'})
    assert_fails(done, 2, f"SESSION_REFRESH_{name}: must not stand in quotes")
    assert "hunter2" not in done.stderr


def test_quotes_of_systemd_are_systemds(tmp_path):
    """systemd takes quotes off itself, as a shell does: what it passes on is a good value."""
    environ = {"PATH": os.environ["PATH"], "SESSION_REFRESH_STATE_DIR": str(tmp_path / "state")}
    script = '. ./settings && export SESSION_REFRESH_ISSUER && exec "$0" check'
    (tmp_path / "settings").write_text('SESSION_REFRESH_ISSUER="https://a.example"\n')
    shell = shutil.which("sh")
    assert shell is not None
    done = subprocess.run([shell, "-c", script, PROGRAM], env=environ, cwd=tmp_path, capture_output=True, text=True)
    assert "ISSUER" not in done.stderr
