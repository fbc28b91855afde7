"""docs/versions.md, followed as it is written in a copy of the repository, and the default suites on its document."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import yaml

from tests.support import waiting
from tests.support.checkout import Checkout
from tests.support.pages import ROOT, Reader, blocks
from tests.support.program import environment
from tests.support.service import Service
from tests.support.terminal import Terminal

PAGE = "docs/versions.md"
TOX = ROOT / ".venv/bin/tox"
# Of the default suites those that name versions or the document; the others do not know what is in it.
SUITES = sorted(
    str(file.relative_to(ROOT))
    for file in [*ROOT.glob("tests/unit/test_*.py"), *ROOT.glob("tests/http/test_*.py")]
    if re.search(r"versions|openapi\.yaml", file.read_text()) and file.name != "test_pages.py"
)


def merged(document, change):
    """The document with the parts that the page shows in place of its own; the catalogue is replaced as a whole."""
    for name, value in change.items():
        if isinstance(value, dict) and name != "x-version-catalogue":
            merged(document[name], value)
        else:
            document[name] = value
    return document


class Deployment(Checkout):
    """A copy of the repository whose document is changed, and deployed."""

    def edit(self, change: str) -> None:
        """Puts what the page shows into openapi.yaml."""
        file = self.folder / "openapi.yaml"
        document = merged(yaml.safe_load(file.read_text()), yaml.safe_load(change))
        for part in (document["components"]["parameters"], document["components"]["headers"]):
            part["VerifaVersion"]["example"] = document["x-version-catalogue"]["default"]
        document["components"]["schemas"]["ApiVersion"]["example"] = document["x-version-catalogue"]["default"]
        file.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


def date(days: int) -> datetime:
    """Midnight, so many days from today."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days)


@pytest.fixture
def deployment(tmp_path):
    """One that has released nothing yet."""
    made = Deployment(tmp_path)
    for copy in (made.folder / "sdk/released").glob("*.yaml"):
        copy.unlink()
    return made


def restart(service: Service) -> None:
    """As `systemctl restart` does."""
    if service.server is not None:
        service.stop()
    service.start()


def announced(terminal: Terminal, sunset: datetime) -> None:
    """From now on the page's sunset is another one: the comparison reads the real date."""
    terminal.replace["2027-03-01"] = sunset.date().isoformat()
    terminal.replace["Mon, 01 Mar 2027 00:00:00 GMT"] = format_datetime(sunset, usegmt=True)


def test_life_of_a_version(deployment, tmp_path):
    """Each step shows callers what the page says, and the comparison says so early; all of it with one service."""
    if not TOX.exists():
        pytest.skip("tox is not where README.md puts it")
    program = str(deployment.environment / "bin/session-refresh")
    service = Service(tmp_path, command=[program])
    replace = {
        ":8080": ":0", "/opt/session-refresh": str(deployment.environment), ".venv/bin/tox": str(TOX),
        "2026-09-01": date(-30).date().isoformat(), "@1788220800": f"@{int(date(-30).timestamp())}",
    }  # fmt: skip
    own = {name: value for name, value in service.environ.items() if name.startswith("SESSION_REFRESH_")}
    with deployment.terminal(replace, **own) as terminal:
        announced(terminal, date(90))
        terminal.run(".venv/bin/tox run -q -e spec --notest")  # the first time, pip tells what it does
        life = {block.heading: block for block in blocks(PAGE) if block.language == "yaml"}
        deployment.edit(life["The life of a version"].text)
        release(terminal, "1.0.0")
        assert terminal.run("/opt/session-refresh/bin/pip install --quiet .") == (0, "")
        try:
            service.start()
            terminal.replace[":8080"] = f":{service.port}"
            with Reader(PAGE, terminal) as reader:
                read_page(reader, deployment, service)
        finally:
            service.stop()
    default_suites_pass(deployment)


def release(terminal: Terminal, number: str) -> None:
    """Steps 2, 3 and 5, as the page has them for version 1.1.0."""
    (block,) = (each for each in blocks(PAGE) if "sed -i" in each.text)
    for line in block.text.splitlines():
        if line.startswith("$ ") and "breaking.py" not in line:
            assert terminal.run(line[2:].replace("1.1.0", number)) == (0, "")


def install(terminal: Terminal, service: Service) -> None:
    """Step 6."""
    assert terminal.run("/opt/session-refresh/bin/pip install --quiet .") == (0, "")
    restart(service)


def compare(terminal: Terminal) -> tuple[int, str]:
    return terminal.run(".venv/bin/tox exec -q -e spec -- python sdk/breaking.py")


def read_page(reader: Reader, deployment: Deployment, service: Service) -> None:
    terminal = reader.terminal
    reader.run()  # ask
    reader.names["vk_live_-0_oY9i0SfAfwm1lGBzOqUl1Bzs-xoeTmFh7dtmflJY"] = r"vk_live_[\w-]{43}"
    reader.names["ak_30f6afa75ab5f26f"] = "ak_[0-9a-f]{16}"
    reader.run()
    key = terminal.replace["vk_live_-0_oY9i0SfAfwm1lGBzOqUl1Bzs-xoeTmFh7dtmflJY"]
    service.secrets.add(key)
    waiting.wait_for(
        lambda: service.refresh(service.sign(org="org_1"), f"X-API-Key: {key}").status == 200, "the API key"
    )
    reader.run()
    reader.take("yaml")  # where the versions are listed: the copy began with it
    # Release a version.
    deployment.edit(terminal.shown(reader.take("yaml").text))
    reader.run()
    reader.run()
    assert service.refresh(service.sign(), "Verifa-Version: 2026-08-01").status == 400, "it runs as it was installed"
    reader.skip("systemctl restart", "no systemd here: restart() stops and starts the service")
    restart(service)
    reader.run()
    # Make it the default.
    deployment.edit(terminal.shown(reader.take("yaml").text))
    reader.run(status=1)
    release(terminal, "2.0.0")
    install(terminal, service)
    reader.run()
    # Deprecate the old one.
    deployment.edit(terminal.shown(reader.take("yaml").text))
    assert compare(terminal)[1].startswith("changes of openapi.yaml that break a client of openapi-2.0.0.yaml: 0\n")
    release(terminal, "2.1.0")
    install(terminal, service)
    reader.run()
    # Retire it: early, and on the day.
    released = deployment.folder / "sdk/released/openapi-2.1.0.yaml"
    deployment.edit(terminal.shown(reader.take("yaml").text))
    reader.run(status=1)
    released.write_text(released.read_text().replace(date(90).date().isoformat(), date(0).date().isoformat()))
    assert compare(terminal)[1].startswith("changes of openapi.yaml that break a client of openapi-2.1.0.yaml: 0\n")
    release(terminal, "2.2.0")
    install(terminal, service)
    reader.run()


def default_suites_pass(deployment: Deployment) -> None:
    """On a document with a third version, a deprecated and a retired one."""
    python = [
        str(deployment.environment / "bin/python"),
        "-P",
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadfile",
        *SUITES,
    ]
    done = subprocess.run(python, cwd=deployment.folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:]
