"""Changes of openapi.yaml that break clients, with what is found of each, and changes that break nobody."""

from __future__ import annotations

from edits import (
    RETIRING,
    Change,
    ask_for,
    asked,
    header,
    need_property,
    operation,
    parameter,
    properties,
    release,
    remove_detail,
    retire,
    schema,
)

BREAKING: dict[str, tuple[Change, str]] = {
    "path removed": (
        lambda d: d.update(paths={"/other": {"get": {"responses": {"204": {"description": "Good."}}}}}),
        "Path `/api/v1/auth/refresh` was removed",
    ),
    "path renamed": (
        lambda d: d["paths"].update({"/api/v2/auth/refresh": d["paths"].pop("/api/v1/auth/refresh")}),
        "Path `/api/v1/auth/refresh` was renamed",
    ),
    "operation removed": (
        lambda d: d["paths"].update({"/api/v1/auth/refresh": {"put": operation(d)}}),
        "Operation `POST /api/v1/auth/refresh` was removed",
    ),
    "operation renamed": (lambda d: operation(d).update(operationId="refresh"), "`operationId` of operation"),
    "server removed": (lambda d: d["servers"].pop(), "Server `{scheme}://127.0.0.1:8080` was removed"),
    "status removed": (lambda d: operation(d)["responses"].pop("401"), "Response `401` was removed"),
    "another media type in an answer": (
        lambda d: d["components"]["responses"]["Unauthorized"].update(content={"text/plain": {}}),
        "Media type `application/json`",
    ),
    "cookie alone no longer enough": (
        lambda d: d["security"].remove({"sessionCookie": []}),
        "Security requirement `sessionCookie` is no longer accepted",
    ),
    "cookie renamed": (
        lambda d: d["components"]["securitySchemes"]["sessionCookie"].update(name="session"),
        "`name` of security scheme `sessionCookie` changed",
    ),
    # what a request may carry
    "value of a parameter removed": (lambda d: asked(d)["enum"].pop(0), "Enum lost values: '2026-01-01'"),
    "parameter removed": (
        lambda d: operation(d)["parameters"].clear(),
        "`Verifa-Version` header parameter was removed",
    ),
    "parameter became required": (lambda d: parameter(d).update(required=True), "header parameter became required"),
    "new required parameter": (lambda d: ask_for(d, required=True), "Required `X-Tenant` header parameter was added"),
    "parameter narrowed": (lambda d: asked(d).update(pattern="^2026"), "`pattern` was set to '^2026'"),
    "body removed": (lambda d: operation(d).pop("requestBody"), "Request body was removed"),
    "body became required": (lambda d: operation(d)["requestBody"].update(required=True), "body became required"),
    "media type of the body removed": (
        lambda d: operation(d)["requestBody"].update(content={"text/plain": {}}),
        "Media type `application/json`",
    ),
    "new required property in the body": (need_property, "became required: `reason`"),
    "type of the body changed": (
        lambda d: schema(d, "RefreshRequest").update(type="string"),
        "Type of `RefreshRequest`",
    ),
    # what an answer may carry
    "new value in an answer": (
        lambda d: schema(d, "ErrorCode")["enum"].append("teapot"),
        "gained values: 'teapot'",
    ),
    "property of an answer removed": (remove_detail, "Property `detail` of `ErrorResponse` was removed"),
    "property of an answer no longer sure": (
        lambda d: schema(d, "ErrorResponse")["required"].remove("detail"),
        "no longer required: `detail`",
    ),
    "type of a property changed": (
        lambda d: properties(d, "RefreshResponse")["refreshed"].update(type="string"),
        "Type of `refreshed` widened",
    ),
    "property may be null": (
        lambda d: properties(d, "RefreshResponse")["refreshed"].update(nullable=True),
        "Type of `refreshed` widened",
    ),
    "longer text in an answer": (
        lambda d: properties(d, "ErrorResponse")["detail"].update(maxLength=1000),
        "`maxLength` of `detail` changed",
    ),
    "answer opened to other properties": (
        lambda d: schema(d, "RefreshResponse").update(additionalProperties=True),
        "`additionalProperties` of `RefreshResponse` changed",
    ),
    "header removed": (
        lambda d: d["components"]["responses"]["RateLimited"]["headers"].pop("Retry-After"),
        "Response header `Retry-After` was removed",
    ),
    "header became optional": (lambda d: header(d, "RetryAfter").pop("required"), "The header became optional"),
    "grammar of the cookie changed": (
        lambda d: header(d, "SessionCookie")["schema"].update(pattern="^vk_org_token="),
        "`pattern` changed",
    ),
    # versions
    "version retired that was active": (lambda d: retire(d, "2026-01-01"), "lost values: '2026-01-01'"),
    "new version became the default": (
        lambda d: release(d, "2026-07-01", default="2026-07-01"),
        "gained values: '2026-07-01'",
    ),
    "another default": (
        lambda d: d["x-version-catalogue"].update(default="2026-01-01"),
        "default version changed from '2026-02-01' to '2026-01-01'",
    ),
}


HARMLESS: dict[str, Change] = {
    "nothing": lambda d: None,
    "another description": lambda d: operation(d).update(description="Says it better."),
    "new path": lambda d: d["paths"].update(
        {"/api/v1/auth/state": {"get": {"operationId": "getState", "responses": {"204": {"description": "Good."}}}}}
    ),
    "new optional parameter": lambda d: ask_for(d, required=False),
    "new server": lambda d: d["servers"].append({"url": "https://api.withverifa.com"}),
    "parameter widened": lambda d: asked(d).pop("maxLength"),
    "new status": lambda d: operation(d)["responses"].update({"404": {"$ref": "#/components/responses/Forbidden"}}),
    "shorter text in an answer": lambda d: properties(d, "ErrorResponse")["detail"].update(maxLength=100),
    "new header": lambda d: operation(d)["responses"]["200"]["headers"].update(ETag={"schema": {"type": "string"}}),
    "header became certain": lambda d: header(d, "Sunset").update(required=True),
    "new version on request": lambda d: release(d, "2026-07-01", default="2026-02-01"),
    "version deprecated": lambda d: d["x-version-catalogue"]["versions"].update({"2026-01-01": RETIRING}),
}
