"""The document of device binding."""

from __future__ import annotations

from service.api.contract import Contract, installed

NAME = "device.yaml"


def load() -> Contract:
    """The document. Raises ContractError."""
    return installed(NAME, "service.operations")
