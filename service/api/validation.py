"""Validates a request's header parameters and its body by the document."""

from __future__ import annotations

import json
from typing import Any

from connexion.exceptions import UnsupportedMediaTypeProblem
from connexion.json_schema import Draft4RequestValidator
from connexion.middleware.request_validation import RequestValidationOperation
from jsonschema import Draft4Validator

from security.errors import BadRequest, UnprocessableContent, UnsupportedMediaType
from security.strict_json import refuse_constant
from service.api.request_context import RequestContext

MAX_KNOWN_BODIES = 64
JSON = "application/json"


class RequestValidation:
    """The validation of one operation, prepared once. Stock connexion makes new validators for each request.

    An absent body passes where the document does not require one: stock connexion answers it with 400.
    """

    def __init__(self, operation: Any) -> None:
        self._stock = RequestValidationOperation(None, operation=operation)
        self._parameters = [
            (parameter["name"].lower().encode("ascii"), Draft4Validator(parameter["schema"]).is_valid)
            for parameter in operation.parameters
            if parameter["in"] == "header"
        ]
        self._accepts_body = bool(operation.request_body)
        self._requires_body = operation.request_body.get("required", False)
        # What other media types hold, the handlers judge: their refusals have bodies of their own.
        self._media_type = next(iter(operation.request_body.get("content", ())), JSON)
        self._is_valid = Draft4RequestValidator(operation.body_schema(JSON)).is_valid
        self._known_bodies: set[tuple[bytes, bytes]] = set()  # valid pairs of Content-Type and body

    def __call__(self, request: RequestContext) -> None:
        """Raises BadRequest, UnsupportedMediaType or UnprocessableContent."""
        for name, is_valid in self._parameters:
            value = request.header(name)
            if value is not None and not is_valid(value.decode("latin-1")):
                raise BadRequest("parameter: not valid by the document")
        if not request.body:
            if self._requires_body and self._media_type == JSON:
                raise BadRequest("body: missing")
            return
        if not self._accepts_body:
            return
        # Whether a body is valid depends on nothing else than these bytes. Most clients send the same ones.
        pair = (request.header(b"content-type") or b"", request.body)
        if pair not in self._known_bodies:
            self._check_body(*pair)
            if len(self._known_bodies) < MAX_KNOWN_BODIES:
                self._known_bodies.add(pair)

    def _check_body(self, content_type: bytes, body: bytes) -> None:
        headers = [(b"content-type", content_type)] if content_type else []
        media_type, _ = self._stock.extract_content_type(headers)
        try:
            # Blanks may stand before the semicolon (RFC 9110 section 8.3.1).
            self._stock.validate_mime_type(media_type.strip())
        except UnsupportedMediaTypeProblem as problem:
            raise UnsupportedMediaType("body: media type", detail=f"The body must be {self._media_type}.") from problem
        if self._media_type != JSON:
            return
        try:
            value = json.loads(body.decode(), parse_constant=refuse_constant)
        except (ValueError, RecursionError) as error:
            raise BadRequest("body: not JSON", detail="The body is not JSON in UTF-8.") from error
        if not self._is_valid(value):
            raise UnprocessableContent("body: not valid by the document")
