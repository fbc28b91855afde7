"""The installed program with another document than its own: `python with_document.py FILE COMMAND …`."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    from service import contract
    from service.cli import program

    text = Path(sys.argv[1]).read_bytes()
    contract.load = lambda: contract.Contract(text)
    sys.exit(program.run(sys.argv[2:]))
