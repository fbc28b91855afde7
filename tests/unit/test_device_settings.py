"""What the settings say of device binding, beside their own values."""

from __future__ import annotations

import pytest

from service.runtime.settings import read


@pytest.mark.parametrize(
    ("binding", "origins", "offered", "hosts"),
    [
        (
            "offer",
            "https://b.example.com:8443,http://b.example.com,https://a.example.com",
            True,
            ["a.example.com", "b.example.com"],
        ),
        ("accept", "https://[::1]:8443", False, ["[::1]"]),
        ("offer", "", True, []),
    ],
)
def test_browsers_are_told_the_hosts_of_allowed_origins(binding, origins, offered, hosts):
    """Once each, without scheme and port."""
    scope = read({"SESSION_REFRESH_DEVICE_BINDING": binding, "SESSION_REFRESH_ALLOWED_ORIGINS": origins}).device
    assert scope is not None
    assert (scope.offered, scope.initiators) == (offered, hosts)
