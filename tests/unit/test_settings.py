"""Settings: what each may be, and what an operator is told."""

import pytest

from service.settings import SettingsError, read


def test_url_that_python_cannot_read_is_not_shown():
    """A URL may hold a password: no message about it quotes any of it, Python's own included."""
    for name in ("DATABASE_URL", "RATE_LIMIT_URL"):
        with pytest.raises(SettingsError) as wrong:
            read({f"SESSION_REFRESH_{name}": "redis://user:pass℀word@host/0"})
        (line,) = wrong.value.lines
        assert line.startswith(f"SESSION_REFRESH_{name}: must be a URL that starts with ")
        assert "word" not in line
