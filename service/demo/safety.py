"""When the demo may run: it hands out sessions to whoever asks, so only on this machine and with nothing real."""

from __future__ import annotations

from service.runtime.settings import Settings


def obstacles(settings: Settings, host: str, workers: int) -> str:
    """Why the demo must not run like this; empty if it may."""
    if not settings.embedded:
        return "--demo: only with the embedded database; SESSION_REFRESH_DATABASE_URL must not be set"
    if settings.keys_file != settings.state_dir / "keys.json":
        return "--demo: only with the embedded key file; SESSION_REFRESH_KEYS_FILE must not be set"
    if host not in ("127.0.0.1", "::1", "localhost"):
        return f"--demo: only for this machine; --host must be 127.0.0.1, ::1 or localhost, not {host}"
    if workers != 1:
        return "--demo: --workers must be 1; the simulated outage is in one process"
    return ""
