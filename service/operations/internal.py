"""The document of the internal listener, and what that listener serves beside it."""

from __future__ import annotations

from collections.abc import Mapping

from service.api.contract import Contract, installed
from service.operations.documents import Page
from service.operations.endpoints import OperationalEndpoints, document

NAME = "internal.yaml"


def load() -> Contract:
    """The document. Raises ContractError."""
    return installed(NAME, "service.operations")


def endpoints(contract: Contract, shared: Mapping[str, Page]) -> OperationalEndpoints:
    """`shared` pages and the document. Nothing here is for browsers, so there is no action and no documentation."""
    return OperationalEndpoints({**shared, **document(contract)}, {})
