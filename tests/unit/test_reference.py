"""The reference pages hold each setting and each command exactly once, and say of them what the code says."""

import re
from collections.abc import Iterator

import click

from service.cli.program import program
from service.runtime import settings
from tests.support.tables import code, rows


def test_every_setting_stands_in_the_table_once():
    """One row for each setting, and no other."""
    told = [row["`SESSION_REFRESH_…`"].strip("`") for row in rows("docs/settings.md", "`SESSION_REFRESH_…`")]
    assert sorted(told) == sorted(name.upper() for name in settings.Settings.__dataclass_fields__)


def test_defaults_are_those_of_the_code():
    """The second column is what the service does without the setting; what depends on other settings is in words."""
    in_words = {"STATE_DIR", "KEYS_FILE", "ISSUERS_FILE", "DATABASE_URL", "LOG_FORMAT"}
    table = rows("docs/settings.md", "`SESSION_REFRESH_…`")
    told = {row["`SESSION_REFRESH_…`"].strip("`"): row["default"].strip("`") for row in table}
    defaults = {name: default for name, (default, _) in settings._TABLE.items() if name not in in_words}
    assert {name: default for name, default in told.items() if name not in in_words} == defaults


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """The commands that do something, by the words that call them."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _commands(inner, (*path, name))
    else:
        yield " ".join(path), command


def test_every_command_and_option_stands_in_the_table():
    """Each form of each command is in one row; the rows of a command have each of its options, and no other."""
    told: dict[str, set[str]] = {}
    forms = [code(row["`session-refresh …`"])[0] for row in rows("docs/operating.md", "`session-refresh …`")]
    assert len(set(forms)) == len(forms)
    for form in forms:
        (name,) = re.findall(r"^[a-z-]+(?: [a-z]+)?", form)
        told.setdefault(name, set()).update(re.findall(r"--[a-z-]+", form))
    options = {
        name: {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        for name, command in _commands(program)
    }
    assert told == options
