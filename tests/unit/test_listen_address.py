"""An address to listen on, as operators write it."""

from __future__ import annotations

import pytest

from service.runtime.listen_address import ListenAddress, read
from service.runtime.settings import PREFIX, SettingsError
from service.runtime.settings import read as read_settings

GOOD = {
    "127.0.0.1:8081": (("127.0.0.1", 8081), "http://127.0.0.1:8081"),
    "localhost:0": (("localhost", 0), "http://localhost:0"),
    "[::1]:8081": (("::1", 8081), "http://[::1]:8081"),
    "[::]:65535": (("::", 65535), "http://[::]:65535"),
    "[fe80::1%eth0]:1": (("fe80::1%eth0", 1), "http://[fe80::1%25eth0]:1"),
    "10.0.0.1:00080": (("10.0.0.1", 80), "http://10.0.0.1:80"),
}
BAD = [
    "8081", ":8081", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:123456",
    "::1:8081", "[::1]", "[::1]8081", "[]:8081", "http://127.0.0.1:8081", "127.0.0.1:8081/", "127.0.0.1:8081,", "[[::1]]:1",
    "127.0.0.1:٨٠",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_address_is_read(text):
    """Host and port, an IPv6 address in brackets; and it is printed as a URL."""
    address = read(text)
    assert (address, address.url()) == GOOD[text]  # type: ignore[union-attr]


def test_nothing_is_no_listener():
    """The setting's default, and how the flag switches it off."""
    assert read("") is None
    assert read_settings({}).internal is None


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_address_is_refused(text):
    """In one line that names the setting and what it must be."""
    with pytest.raises(SettingsError, match=rf"^{PREFIX}INTERNAL: must be HOST:PORT, like 127\.0\.0\.1:8081") as wrong:
        read_settings({PREFIX + "INTERNAL": text})
    assert len(wrong.value.lines) == 1


def test_setting_is_read():
    """From the environment, as all settings."""
    assert read_settings({PREFIX + "INTERNAL": "[::1]:8081"}).internal == ListenAddress("::1", 8081)
