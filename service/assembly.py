"""Puts the service together from its settings: who holds whom, and what runs in the background."""

from __future__ import annotations

import asyncio
import gc
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from security.authentication import Authentication
from security.cookies import SetCookie
from security.revocations import Revocations, keep_seconds
from service import background, gateway
from service.answers import Cors
from service.beside import Beside
from service.clock import Clock
from service.contract import Contract
from service.demo import Demo
from service.edge import Edge
from service.key_file import LiveKeyFile
from service.limits import Limit, LocalCounter, SharedCounter
from service.log import Events, capture_standard_library
from service.metrics import Metrics
from service.settings import Settings
from service.stores.replica import Replica
from service.stores.store import Store, StoreError
from service.telemetry import Telemetry

STATE_SECONDS = 1.0
FIRST_READ_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What the handlers work with."""

    keys: LiveKeyFile
    set_cookie: SetCookie


class Service:
    """The ASGI application of one worker: the edge, and the background tasks that live as long as it does."""

    def __init__(self, settings: Settings, contract: Contract, *, demo: bool = False, make_tables: bool = True) -> None:
        events = Events(settings.log_level, settings.log_format)
        self.log = events.log
        capture_standard_library(self.log)
        clock = Clock()
        self.keys = LiveKeyFile(settings.keys_file, self.log)
        self.store = Store(settings.database_url)
        self.replica = Replica(
            self.store,
            self.log,
            poll=settings.revocation_poll,
            max_staleness=settings.max_staleness,
            keep=keep_seconds(settings.max_session_age, settings.leeway),
            make_tables=make_tables,
            clock=clock,
        )
        self.shared = (
            None if settings.rate_limit_url == "memory://" else SharedCounter(settings.rate_limit_url, self.log)
        )
        counter = self.shared or LocalCounter()
        failures = Limit("address", settings.failure_rate_limit, counter)
        self.metrics = Metrics() if settings.metrics else None
        set_cookie = SetCookie(contract.cookie_name.encode("ascii"), settings.cookie_domain)
        demonstration = (
            Demo(
                clock=clock,
                cookie_name=contract.cookie_name,
                keys=self.keys,
                policy=settings.policy,
                replica=self.replica,
                set_cookie=set_cookie,
                store=self.store,
            )
            if demo
            else None
        )
        revocations: Revocations = demonstration or self.replica
        self._cors = Cors(settings.allowed_origins, contract.exposed_headers)
        connexion = gateway.build(
            contract,
            Authentication(self.keys, settings.policy, revocations, self.replica),
            Tools(self.keys, set_cookie),
            address_limit=failures,
            session_limit=Limit("session", settings.rate_limit, counter),
            beside=Beside(contract, self.keys, self.readiness, self.metrics, demonstration),
            allowed_origins=self._cors,
        )
        self._telemetry = Telemetry(events, self.metrics)
        self._edge: ASGIApp = Edge(
            connexion,
            clock=clock,
            paths=contract.paths,
            cors=self._cors,
            failures=failures,
            telemetry=self._telemetry,
            trusted_proxies=settings.forwarded_allow_ips,
        )
        self._lifespan = Router(lifespan=self._run)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            await self._edge(scope, receive, send)
        else:
            await self._lifespan(scope, receive, send)

    def readiness(self) -> Mapping[str, str]:
        """The state of everything that this worker depends on."""
        limits = "ok" if self.shared is None or not self.shared.away else "degraded: counting locally"
        staleness = self.replica.staleness()
        age = f"last read {math.ceil(staleness)} s ago" if math.isfinite(staleness) else "never read"
        return {
            "store": "ok" if self.replica.fresh() else f"{self.replica.problem or 'store: not read'} ({age})",
            "keys": "ok" if not self.keys.problem else f"degraded: {self.keys.problem}",
            "rate_limits": limits,
        }

    async def _first_read(self) -> None:
        """Reads the store, so that the first request finds it read; an outage is no reason not to start."""
        try:
            await self.replica.look(FIRST_READ_SECONDS)
        except StoreError as error:
            self.log.error("store out of reach at start", reason=str(error))

    @asynccontextmanager
    async def _run(self, _: Any) -> AsyncIterator[Mapping[str, Any]]:
        background.end_with_parent()
        jobs: list[background.Job] = [self.replica.follow, self.keys.watch]
        if self.shared is not None:
            jobs.append(self.shared.watch)
        if self.metrics is not None:
            jobs.append(partial(self._show_state, self.metrics))
        await background.once(self._first_read, self.log)
        gc.collect()
        gc.freeze()  # what is here now stays for good: no collection need walk over it again
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(background.for_ever(job, self.log)) for job in jobs]
            yield {"telemetry": self._telemetry, "cors": self._cors}  # for service.protocol
            for task in running:
                task.cancel()
        await self.store.close()

    async def _show_state(self, metrics: Metrics) -> None:
        while True:
            away = self.shared is not None and self.shared.away
            metrics.state(self.replica.staleness(), len(self.replica), away)
            await asyncio.sleep(STATE_SECONDS)
