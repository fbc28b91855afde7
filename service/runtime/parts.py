"""What the handlers and an extension work with."""

from __future__ import annotations

from dataclasses import dataclass

from security.claims import Policy
from security.cookies import SetCookie
from security.device import BindingScope
from security.random_ids import RandomIds
from security.statements import Statements
from service.runtime.clock import Clock
from service.state.issuers_file import LiveIssuersFile
from service.state.key_file import LiveKeyFile
from service.state.replica import Replica
from service.state.store import Store
from service.telemetry.log import Log


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one worker that operations and extensions use."""

    clock: Clock
    cookie_name: bytes
    device_scope: BindingScope | None
    issuers: LiveIssuersFile
    keys: LiveKeyFile
    log: Log
    new_id: RandomIds
    policy: Policy
    replica: Replica
    set_cookie: SetCookie
    statements: Statements
    store: Store
