"""Puts the service together from its settings: which object uses which, and what runs in the background."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol

from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from security.cookies import SetCookie
from security.random_ids import RandomIds
from security.revocations import Revocations, retention
from service.api.contract import Contract
from service.http.listener import INTERNAL, PUBLIC
from service.http.request_id import RequestIds
from service.http.request_recorder import RequestRecorder
from service.operations import endpoints
from service.operations.endpoints import Extension
from service.runtime import background, gauges, signals
from service.runtime.applications import Applications
from service.runtime.clock import Clock
from service.runtime.parts import Parts
from service.runtime.settings import Settings
from service.state.engine import StoreError
from service.state.issuers_file import LiveIssuersFile
from service.state.key_file import LiveKeyFile
from service.state.local_counter import LocalCounter
from service.state.replica import Replica
from service.state.shared_counter import SharedCounter
from service.state.statement_desk import StatementDesk
from service.state.store import Store
from service.telemetry.gauges import MAX_STALENESS
from service.telemetry.log import LogPipeline, capture_standard_library
from service.telemetry.metrics import Metrics
from service.telemetry.shared_counts import SharedCounts

METRICS_SECONDS = 1.0
SHOWN_FROM_THE_START = {200, 202, 400, 401, 500, 503}  # what is watched from the first such response on
FIRST_READ_SECONDS = 30.0


class RevocableExtension(Extension, Revocations, Protocol):
    """An extension that is asked about revocations in place of the replica."""


Extend = Callable[[Parts], RevocableExtension]


class Service:
    """The applications of one worker, and the background jobs that live as long as it does.

    Without `internal_contract` there is no internal listener; with `device_contract` sessions are bound to devices.
    """

    def __init__(
        self,
        settings: Settings,
        contract: Contract,
        internal_contract: Contract | None = None,
        device_contract: Contract | None = None,
        *,
        extend: Extend | None = None,
        make_tables: bool = True,
        shared_counts: SharedCounts | None = None,
    ) -> None:
        self._pipeline = LogPipeline(settings.log_level, settings.log_format)
        self._log = self._pipeline.log
        capture_standard_library(self._log)
        clock = Clock()
        self._keys = LiveKeyFile(settings.keys_file, self._log)
        self._issuers = LiveIssuersFile(settings.issuers_file, self._log, settings.policy)
        self._store = Store(settings.database_url)
        self._replica = Replica(
            self._store,
            self._log,
            poll=settings.revocation_poll,
            max_staleness=settings.max_staleness,
            keep=retention(settings.max_session_age, settings.idle_timeout, settings.leeway),
            make_tables=make_tables,
            clock=clock,
        )
        self._desk = StatementDesk(Store(settings.database_url), self._pipeline.always)
        cookie_name = contract.cookie_name.encode("ascii")
        set_cookie = SetCookie(cookie_name, settings.cookie_domain)
        parts = Parts(
            clock,
            cookie_name,
            settings.device,
            self._issuers,
            self._keys,
            self._log,
            RandomIds(),
            settings.policy,
            self._replica,
            set_cookie,
            self._desk,
            self._store,
        )
        extension = None if extend is None else extend(parts)

        self._shared_counter = (
            None if settings.rate_limit_url == "memory://" else SharedCounter(settings.rate_limit_url, self._log)
        )
        counter = self._shared_counter or LocalCounter()
        self._settings = settings
        self._metrics = Metrics(shared_counts) if settings.metrics else None
        if self._metrics is not None:
            for each in filter(None, (contract, internal_contract, device_contract)):
                for route, statuses in each.responses().items():
                    self._metrics.expect(route, SHOWN_FROM_THE_START & statuses)
        applications = Applications(
            settings,
            parts,
            extension or self._replica,
            RequestRecorder(self._pipeline, self._metrics),
            endpoints.monitoring(self._keys, self.readiness, self._metrics),
        )
        self._listeners = {PUBLIC: applications.public(contract, device_contract, counter, extension)}
        if internal_contract is not None:
            self._listeners[INTERNAL] = applications.internal(internal_contract, counter)
        self._for_protocol: Mapping[str, Any] = {"listeners": self._listeners, "request_ids": RequestIds()}
        self._lifespan = Router(lifespan=self._run)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """ASGI's lifespan. Requests are passed to the application of their listener by the protocol."""
        return self._lifespan(scope, receive, send)

    def readiness(self) -> Mapping[str, str]:
        """The state of everything that this worker depends on, in fixed words: anybody may read it. The log has more."""
        counts_locally = self._shared_counter is not None and self._shared_counter.away
        return {
            "store": "ok" if self._replica.fresh() else "unavailable: not read for too long",
            "keys": "ok" if not self._keys.problem else "degraded: the key file cannot be used",
            "issuers": "ok" if not self._issuers.problem else "degraded: the issuers file cannot be used",
            "rate_limits": "degraded: counting locally" if counts_locally else "ok",
        }

    def _reload(self) -> None:
        """Looks at the key file and the issuers file now."""
        self._keys.reload()
        self._issuers.reload()

    async def _first_read(self) -> None:
        """Reads the store before the first request comes. The service starts without it, too."""
        try:
            await self._replica.look(FIRST_READ_SECONDS)
        except StoreError as error:
            self._log.error("store unavailable at start", reason=str(error))

    @asynccontextmanager
    async def _run(self, _: Any) -> AsyncIterator[Mapping[str, Any]]:
        background.end_with_parent()
        jobs: list[background.Job] = [self._replica.follow, self._keys.watch, self._issuers.watch]
        if self._shared_counter is not None:
            jobs.append(self._shared_counter.watch)
        if self._metrics is not None:
            jobs.append(partial(self._update_metrics, self._metrics))
        await background.once(self._first_read, self._log)
        gc.collect()
        gc.freeze()  # what is here now stays for good: no collection needs to look at it again
        with signals.reloading(self._reload):
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(background.for_ever(job, self._log)) for job in jobs]
                yield self._for_protocol
                for task in running:
                    task.cancel()
        await self._desk.close()
        await self._store.close()
        self._pipeline.flush()

    async def _update_metrics(self, metrics: Metrics) -> None:
        while True:
            counts_locally = self._shared_counter is not None and self._shared_counter.away
            dropped = self._pipeline.writer.dropped
            more = {
                (MAX_STALENESS,): self._settings.max_staleness,
                **gauges.dependencies(self.readiness()),
                **gauges.keys(self._keys.times, self._settings.leeway),
            }
            metrics.state(self._replica.staleness(), len(self._replica), counts_locally, dropped, more)
            await asyncio.sleep(METRICS_SECONDS)
