"""README, read from top to bottom by somebody who has a checkout and Python."""

import re

from tests.support.pages import Reader
from tests.support.server_process import free_port
from tests.support.source_files import copy, source_files
from tests.support.terminal import Terminal


def test_readme_as_written(tmp_path):
    """The first command starts the service and prints a call, which answers as shown; a session is revoked."""
    checkout = copy(source_files(), tmp_path / "session-refresh")
    replace = {"8080": str(free_port())}
    with Terminal(checkout, replace) as terminal, Reader("README.md", terminal) as reader:
        serve = reader.take("").text
        assert serve.endswith("/tox run -e serve")
        status, printed = terminal.run(f"{serve} --notest")  # the part of it that takes long
        assert status == 0, printed
        printed = terminal.start(f"{serve.rpartition(' && ')[2]} -- --port 8080", lambda text: "curl" in text)
        reader.skip("tox run", "it runs this test")
        token = re.search(r"vk_org_token=(eyJ[\w.-]+)'", printed)
        assert token is not None
        terminal.replace["eyJhbGciOiJFZERTQSIs…"] = token[1]
        reader.run()
        reader.run()
        reader.skip("keepSession", "dashboard/ has its own tests")
