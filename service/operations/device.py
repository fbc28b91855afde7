"""The document of device binding."""

from __future__ import annotations

from importlib import resources

from service.api.contract import Contract

NAME = "device.yaml"


def load() -> Contract:
    """The document, as installed with this program. Raises ContractError."""
    return Contract((resources.files("service.operations") / NAME).read_bytes(), NAME)
