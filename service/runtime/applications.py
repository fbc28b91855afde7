"""What answers on each listener: connexion over the listener's own document, and an application around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp

from security.authentication import Authenticator
from security.errors import Forbidden, Unauthorized
from security.revocations import Revocations
from security.statement_errors import LogoutRefused, StatementRefused
from security.verified_tokens import VerifiedTokens
from service.api import device_headers, gateway
from service.api.contract import Contract
from service.api.endpoint import SharedServices
from service.api.rate_limits import Counter, RateLimit
from service.http.application import BROWSER_HEADERS, HEADERS_READ, Application, FailureLimit
from service.http.cors import Cors
from service.http.limits import MAX_BODY_BYTES, MAX_STATEMENT_BYTES, STATEMENT_PAUSE_SECONDS
from service.http.listener import Listener
from service.http.request_recorder import RequestRecorder
from service.http.responses import ResponseBuilder
from service.operations import endpoints, internal
from service.operations.documents import Page
from service.operations.endpoints import Extension
from service.runtime.parts import Parts
from service.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Applications:
    """Makes the application of each listener, from what both share."""

    settings: Settings
    parts: Parts
    revocations: Revocations
    recorder: RequestRecorder
    pages: Mapping[str, Page]

    def public(
        self, contract: Contract, device: Contract | None, counter: Counter, extension: Extension | None
    ) -> Listener:
        """For browsers, and for everybody else: origins are checked, sessions and addresses limited.

        With `device`, the document of device binding, sessions are bound to devices.
        """
        settings, parts = self.settings, self.parts
        contracts = [contract] if device is None else [contract, device]
        cors = Cors(settings.allowed_origins, contract)
        api = gateway.build(
            contracts,
            Authenticator(parts.keys, settings.policy, self.revocations, parts.replica),
            SharedServices(
                cors,
                RateLimit("session", settings.rate_limit, counter),
                parts,
                None if device is None else device_headers.read,
            ),
            endpoints.public(contract, self.pages, extension),
        )
        failures = FailureLimit(RateLimit("address", settings.failure_rate_limit, counter), (Unauthorized, Forbidden))
        headers = HEADERS_READ | BROWSER_HEADERS | (device_headers.HEADERS if device is not None else frozenset())
        return self._listener(contract, api, cors, failures, headers, MAX_BODY_BYTES)

    def internal(self, contract: Contract, counter: Counter) -> Listener:
        """For the operator's proxies and servers, and for identity providers: no page reaches it.

        A limit of 401 would refuse everybody behind a proxy; bad statements are limited.
        """
        settings, parts = self.settings, self.parts
        cors = Cors((), contract)
        api = gateway.build(
            [contract],
            Authenticator(parts.keys, settings.policy, self.revocations, parts.replica, VerifiedTokens().read),
            SharedServices((), None, parts, device_headers.read_if_asked),
            internal.endpoints(contract, self.pages),
        )
        failures = FailureLimit(
            RateLimit("address that sends statements", settings.failure_rate_limit, counter),
            (LogoutRefused, StatementRefused),
            STATEMENT_PAUSE_SECONDS,
        )
        headers = HEADERS_READ | {device_headers.SKIPPED}
        return self._listener(contract, api, cors, failures, headers, MAX_STATEMENT_BYTES)

    def _listener(
        self,
        contract: Contract,
        api: ASGIApp,
        cors: Cors,
        failures: FailureLimit,
        headers: frozenset[bytes],
        max_body_bytes: int,
    ) -> Listener:
        """An application around `api`. Of a request it is shown `headers`, and those that the document names."""
        application = Application(
            api,
            clock=self.parts.clock,
            cors=cors,
            failures=failures,
            responses=ResponseBuilder(cors, contract.challenge, self.settings.hsts),
            recorder=self.recorder,
            trusted_proxies=self.settings.forwarded_allow_ips,
        )
        named = frozenset(name.lower().encode("ascii") for name in contract.request_headers)
        return Listener(application, headers | named, max_body_bytes)
