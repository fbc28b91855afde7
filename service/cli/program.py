"""The program `session-refresh`: its commands, and one line on stderr for every mistake of the operator."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from service.api.versions import ContractError
from service.cli.api_keys import api_keys
from service.cli.audit import audit
from service.cli.check import check
from service.cli.keys import keys
from service.cli.migrate import migrate
from service.cli.revoke import revoke
from service.cli.serve import serve
from service.cli.sessions import login
from service.runtime.settings import SettingsError
from service.state.engine import StoreError
from service.state.guarded_file import FileError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="session-refresh")
def program() -> None:
    """Keeps a dashboard's users signed in. Settings come from the environment, SESSION_REFRESH_…; see docs/settings.md."""


for command in (serve, login, keys, api_keys, revoke, audit, check, migrate):
    program.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit status: 0, 1 for a failure, 2 for wrong usage."""
    try:
        status = program.main(list(arguments), prog_name="session-refresh", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return 2
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "session-refresh"
        print(f"{path}: {error.format_message()}", file=sys.stderr)
        return 2
    except SettingsError as error:
        for line in error.lines:
            print(f"session-refresh: {line}", file=sys.stderr)
        return 2
    except (click.ClickException, FileError, ContractError, StoreError) as error:
        print(f"session-refresh: {error}", file=sys.stderr)
        return 1
    except (click.Abort, KeyboardInterrupt):
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the interpreter's own flush succeeds
        return 1
    return int(status or 0)  # a number if the command ended by click's Exit


def main() -> None:
    """The entry point."""
    _open_standard_streams()
    sys.exit(run(sys.argv[1:]))


def _open_standard_streams() -> None:
    """Opens those of stdin, stdout and stderr that are closed, on /dev/null.

    Otherwise the next file to be opened would take their place, and the log would be written into it.
    """
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest number that is free: this one
            setattr(sys, name, os.fdopen(descriptor, mode))
