"""The contract: an OpenAPI document, read once. Paths, headers, security schemes and versions stand there only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

import yaml

from service.api.versions import Catalogue, ContractError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")  # OpenAPI 3.0.3, Path Item Object


class Contract:
    """One document, and the facts that the code needs from it. Raises ContractError if it cannot be used."""

    def __init__(self, text: bytes, name: str = "openapi.yaml") -> None:
        self.text = text
        try:
            self.spec: dict[str, Any] = yaml.safe_load(text)
            components = self.spec.get("components", {})
            self._parameters: dict[str, Any] = components.get("parameters", {})
            self._headers: dict[str, Any] = components.get("headers", {})
            self._schemes: dict[str, Any] = components.get("securitySchemes", {})
            self.methods: Mapping[str, tuple[str, ...]] = {
                path: tuple(method.upper() for method in METHODS if method in item)
                for path, item in self.spec["paths"].items()
            }
            self._check_security()
            self.any_method = self._marked("x-any-method")  # routed to, whatever the method is
            self.unlimited = self._marked("x-unlimited")  # no limit counts its requests, nor their refusals
            self.request_headers = tuple(self._request_headers())
            self.cookie_name = next(
                (scheme["name"] for scheme in self._schemes.values() if scheme["in"] == "cookie"), ""
            )
            self.catalogue = self._catalogue()
            self.challenge = self._only_value("WWWAuthenticate")
            self.exposed_headers = self._only_value("ExposeHeaders")
        except ContractError as error:
            raise ContractError(f"{name}: {error}") from error
        except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise ContractError(f"{name}: {type(error).__name__}: {error}".replace("\n", " ")) from error

    def _operations(self) -> Iterator[Any]:
        for path, item in self.spec["paths"].items():
            for method in self.methods[path]:
                yield item[method.lower()]

    def _check_security(self) -> None:
        for holder in (self.spec, *self._operations()):
            for alternative in holder.get("security", []):
                if unknown := alternative.keys() - self._schemes.keys():
                    raise ContractError(f"security: no scheme {', '.join(sorted(unknown))}")

    def _marked(self, extension: str) -> frozenset[str]:
        """The operations that have this extension of ours."""
        return frozenset(each["operationId"] for each in self._operations() if each.get(extension))

    def responses(self) -> dict[str, set[int]]:
        """The statuses that the document lists, by operation."""
        return {each["operationId"]: {int(status) for status in each["responses"]} for each in self._operations()}

    def _request_headers(self) -> Iterator[str]:
        """The request headers that the document names."""
        for named in (*self._schemes.values(), *self._parameters.values()):
            if named["in"] == "header":
                yield named["name"]

    def _catalogue(self) -> Catalogue | None:
        if "VerifaVersion" not in self._parameters:
            return None
        catalogue = Catalogue(self.spec["x-version-catalogue"], self._parameters["VerifaVersion"]["name"])
        for place in (self._parameters, self._headers):
            if sorted(self._resolved(place["VerifaVersion"]["schema"])["enum"]) != sorted(catalogue.offered):
                raise ContractError("VerifaVersion: its enum is not what the catalogue offers")
        return catalogue

    def _resolved(self, schema: Any) -> Any:
        """The schema itself, if this is a reference to one."""
        name = schema.get("$ref", "").removeprefix("#/components/schemas/")
        return self.spec["components"]["schemas"][name] if name else schema

    def _only_value(self, header: str) -> str:
        """The one value that the document allows for a response header; empty if it does not have that header."""
        return str(self._headers[header]["schema"]["enum"][0]) if header in self._headers else ""


def load() -> Contract:
    """The public contract, openapi.yaml. Raises ContractError."""
    return installed("openapi.yaml", "service")


def installed(name: str, package: str) -> Contract:
    """The document of that name, as installed with this program. Raises ContractError."""
    return Contract((resources.files(package) / name).read_bytes(), name)
