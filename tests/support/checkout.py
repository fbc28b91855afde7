"""A copy of the repository, and an environment that it can be installed in, for procedures that change both."""

from __future__ import annotations

import sysconfig
import venv
from pathlib import Path

from tests.support.source_files import copy, source_files
from tests.support.terminal import Terminal


class Checkout:
    """A copy in `folder`/checkout. Nothing is installed in the environment yet.

    What the package depends on is that of the environment which this runs in; a package that is installed from the copy
    comes before the one which is installed there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.environment = folder / "checkout", folder / "environment"
        copy(source_files(), self.folder)
        venv.create(self.environment, symlinks=True, with_pip=True)
        (packages,) = self.environment.glob("lib/python3*/site-packages")
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def terminal(self, replace: dict[str, str], **variables: str) -> Terminal:
        """A terminal in the copy, with the environment's programs."""
        quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
        terminal = Terminal(self.folder, replace, **quiet, **variables)
        terminal.run(f"unset PYTHONSAFEPATH; export PATH={self.environment}/bin:$PATH")
        return terminal
