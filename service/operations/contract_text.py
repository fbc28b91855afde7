"""A contract as Markdown: all that its document says, for programs that read text. No HTML, and none of our extensions."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

from service.api.contract import METHODS
from service.operations.schema_text import Part, code, described, members, one_line, rules


def text_of(document: Part) -> str:
    """The whole of it."""
    return re.sub("\n{3,}", "\n\n", "\n".join(_Text(document).lines())).strip() + "\n"


def summary(document: Part) -> tuple[str, str]:
    """The first paragraph of its description, and the others."""
    first, _, others = document["info"].get("description", "").strip().partition("\n\n")
    return one_line(first), others


def operations(document: Part) -> Iterator[tuple[str, str, Part]]:
    """Each operation, after its method and path."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


class _Text:
    """Makes the text of one document. Response headers and named schemas are told once, at the end."""

    def __init__(self, spec: Part) -> None:
        self._spec = spec
        self._headers: dict[str, dict[str, None]] = {}  # what is said of each

    def lines(self) -> Iterator[str]:
        spec, info = self._spec, self._spec["info"]
        first, others = summary(spec)
        yield from (f"# {info['title']} {info['version']}", "", f"> {first}", "", others, "")
        for name in ("contact", "license"):
            if name in info:
                yield f"- {name}: {', '.join(_own(info[name]).values())}"
        yield from ("", "## Servers", "", *self._servers())
        yield from ("", "## Credentials", "", *self._schemes())
        if "x-version-catalogue" in spec:
            yield from ("", "## Versions", "", *self._versions())
        yield from ("", "## Operations")
        for tag in spec.get("tags", ()):
            yield from ("", f"{tag['name']}: {one_line(tag.get('description', ''))}")
        for method, path, operation in operations(spec):
            yield from ("", *self._operation(method, path, operation))
        yield from ("", "## Response headers", "")
        for name, said in self._headers.items():
            yield from (f"- {code(name)} {each}" for each in said)
        yield from ("", "## Schemas")
        for name, schema in spec.get("components", {}).get("schemas", {}).items():
            yield from ("", f"### {name}", "", f"{rules(schema)}: {described(schema)}", "", *members(schema))

    def _servers(self) -> Iterator[str]:
        for server in self._spec.get("servers", ()):
            variables = [
                f" {code(name)}: {one_line(each.get('description', ''))} {rules({'enum': each['enum']})}."
                for name, each in server.get("variables", {}).items()
            ]
            yield f"- {_url(server)}: {one_line(server.get('description', ''))}{''.join(variables)}"

    def _schemes(self) -> Iterator[str]:
        for name, scheme in self._spec.get("components", {}).get("securitySchemes", {}).items():
            where = ", ".join(str(value) for key, value in _own(scheme).items() if key not in ("description", "name"))
            yield f"- {code(name)} ({where}: {code(scheme.get('name', ''))}): {one_line(scheme.get('description', ''))}"

    def _versions(self) -> Iterator[str]:
        catalogue = self._spec["x-version-catalogue"]
        for name, entry in catalogue["versions"].items():
            default = "; the default" if name == catalogue["default"] else ""
            more = "".join(f"; {key}: {value}" for key, value in _own(entry).items() if key != "status")
            yield f"- {code(name)}: {entry['status']}{more}{default}"

    def _operation(self, method: str, path: str, operation: Part) -> Iterator[str]:
        yield from (f"### {method} {path}", "")
        yield f"{', '.join([code(operation['operationId']), *operation.get('tags', ())])}: {operation.get('summary', '')}"
        yield from ("", operation.get("description", "").strip(), "")
        needs: list[Part] = operation.get("security", self._spec.get("security", []))
        yield f"Needs {', or '.join(' and '.join(map(code, each)) or 'nothing' for each in needs) or 'no credentials'}."
        yield from ("", f"    {self._curl(method, path, operation, needs)}")
        if "parameters" in operation:
            yield from ("", "#### Parameters", "")
            for each in map(self._resolved, operation["parameters"]):
                needed = "required" if each.get("required") else "optional"
                yield f"- {code(each['name'])} ({each['in']}, {needed}, {rules(each['schema'])}): {described(each)}"
        if "requestBody" in operation:
            body = self._resolved(operation["requestBody"])
            needed = "Required" if body.get("required") else "Optional"
            yield from ("", "#### Request body", "", f"{needed}. {one_line(body.get('description', ''))}")
            yield from ("", *self._content(body))
        responses = {status: self._resolved(each) for status, each in operation["responses"].items()}
        headers = {status: set(self._headers_of(each)) for status, each in responses.items()}
        common = set.intersection(*headers.values())
        yield from ("", f"#### {method} {path}: every response", "", *_listed(common))
        for status, response in responses.items():
            yield from ("", f"#### {method} {path}: {status}", "", response["description"].strip(), "")
            yield from self._content(response)
            yield from _listed(headers[status] - common)

    def _headers_of(self, response: Part) -> Iterator[tuple[str, str]]:
        """Each header of a response, after how often it comes."""
        for name, part in response.get("headers", {}).items():
            header = self._resolved(part)
            if "not" in header["schema"]:
                yield f"never ({described(header)})", name
                continue
            yield "always" if header.get("required") else "sometimes", name
            self._headers.setdefault(name, {})[f"({rules(header['schema'])}): {described(header)}"] = None

    def _content(self, holder: Part) -> Iterator[str]:
        for media_type, content in holder.get("content", {}).items():
            schema = content["schema"]
            of = " or ".join(map(rules, schema.get("oneOf", [schema])))
            yield f"- {code(media_type)}, {of}. {described(content)}"
            yield from members(schema)

    def _curl(self, method: str, path: str, operation: Part, needs: list[Part]) -> str:
        """A command that makes the call, with the credentials and headers that it requires."""
        servers = map(_url, self._spec.get("servers", ()))
        words = ["curl", "-i", "-X", method, next(servers, "") + path]
        for name in needs[0] if needs else ():
            scheme = self._spec["components"]["securitySchemes"][name]
            words += ["-H", f"Cookie: {scheme['name']}=TOKEN" if scheme["in"] == "cookie" else f"{scheme['name']}: KEY"]
        for each in map(self._resolved, operation.get("parameters", ())):
            if each["in"] == "header" and each.get("required"):
                words += ["-H", f"{each['name']}: {each.get('example', 'VALUE')}"]
        return shlex.join(words)

    def _resolved(self, part: Part) -> Part:
        """What `part` refers to, if it is a reference; else itself."""
        if "$ref" not in part:
            return part
        target: Any = self._spec
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        return self._resolved(target)


def _own(part: Part) -> dict[str, Any]:
    """What `part` has, without extensions."""
    return {key: value for key, value in part.items() if not key.startswith("x-")}


def _listed(headers: set[tuple[str, str]]) -> Iterator[str]:
    """An item for each frequency of `headers`."""
    for often in sorted({often for often, _ in headers}, key=lambda often: (often.startswith("never"), often)):
        yield f"- Headers, {often}: {', '.join(code(name) for each, name in sorted(headers) if each == often)}"


def _url(server: Part) -> str:
    """The URL of a server, its variables at their defaults."""
    url: str = server["url"]
    for name, variable in server.get("variables", {}).items():
        url = url.replace(f"{{{name}}}", variable["default"])
    return url
