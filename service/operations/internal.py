"""The document of the internal listener, and what that listener serves beside it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from service.api.contract import Contract
from service.operations.documents import Page
from service.operations.endpoints import OperationalEndpoints, document

NAME = "internal.yaml"


def load() -> Contract:
    """The document, as installed with this program. Raises ContractError."""
    return Contract((resources.files("service.operations") / NAME).read_bytes(), NAME)


def endpoints(contract: Contract, shared: Mapping[str, Page]) -> OperationalEndpoints:
    """`shared` pages and the document. Nothing here is for browsers, so there is no action and no documentation."""
    return OperationalEndpoints({**shared, **document(contract)}, {})
