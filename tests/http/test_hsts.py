"""Strict-Transport-Security is what the operator says."""

from __future__ import annotations

import pytest

from tests.support.document import OPERATION, deviations


@pytest.mark.parametrize("value", ["max-age=31536000", "max-age=600; includeSubDomains", ""])
def test_setting_hsts_is_the_header(start, value):
    """Every answer has it, of the endpoint and beside it, and none where it is empty. The document allows each."""
    running = start(HSTS=value)
    replies = [running.refresh(running.sign()), running.refresh(None), running.get("/healthz"), running.get("/nowhere")]
    replies.append(running.raw(b"BROKEN\r\n\r\n"))
    assert [reply.all("strict-transport-security") for reply in replies] == [[value] if value else []] * 5
    assert [deviations(reply, OPERATION["responses"]) for reply in replies[:2]] == [[], []]


def test_hosts_below_are_not_bound_by_default(service):
    """The default has no includeSubDomains: an API knows nothing of the hosts below its own."""
    assert service.get("/healthz").all("strict-transport-security") == ["max-age=31536000"]
