"""The installed program with a crash before or after its rate limiter: `python crashing.py early|late COMMAND …`."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

RUN = __file__


def crash(*_: Any, **__: Any) -> NoReturn:
    """Raises an exception that the program does not expect."""
    raise RuntimeError("a fault")


if __name__ == "__main__":
    import handlers
    from security import origin
    from service.cli import program

    if sys.argv[1] == "early":
        origin.check = crash
    else:
        handlers.OPERATIONS["refreshAuthSession"] = crash
    sys.exit(program.run(sys.argv[2:]))
