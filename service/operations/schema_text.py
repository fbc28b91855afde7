"""A schema of a document in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Part = Mapping[str, Any]  # an object of the document

# What a keyword says about a value (OpenAPI 3.0.3, Schema Object). A keyword that is not here is shown as it is.
WORDS: Mapping[str, Callable[[Any], str]] = {
    "$ref": lambda reference: code(reference.rpartition("/")[2]),
    "additionalProperties": lambda value: "no other members" if value is False else f"others: {code(value)}",
    "enum": lambda values: f"{'one of' if len(values) > 1 else 'always'} {', '.join(map(code, values))}",
    "format": lambda name: f"format {name}",
    "maxItems": lambda number: f"at most {number} items",
    "maxLength": lambda number: f"at most {number} characters",
    "maxProperties": lambda number: f"at most {number} members",
    "maximum": lambda number: f"at most {number}",
    "minItems": lambda number: f"at least {number} items",
    "minLength": lambda number: f"at least {number} characters",
    "minimum": lambda number: f"at least {number}",
    "pattern": lambda expression: f"matches {code(expression)}",
    "type": lambda name: name,
}
ELSEWHERE = {"description", "example", "items", "properties", "required"}


def code(value: object) -> str:
    """A value as it is sent."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def one_line(text: str) -> str:
    """`text` without line breaks, as an item of a list has it."""
    return " ".join(text.split())


def rules(schema: Part) -> str:
    """What a value must be."""
    return ", ".join(
        WORDS[keyword](value) if keyword in WORDS else f"{keyword} {code(value)}"
        for keyword, value in schema.items()
        if keyword not in ELSEWHERE and not keyword.startswith("x-")
    )


def described(part: Part) -> str:
    """The description and the example that `part` has."""
    text = one_line(part.get("description", ""))
    return f"{text} Example: {code(part['example'])}".strip() if "example" in part else text


def members(schema: Part, prefix: str = "") -> Iterator[str]:
    """An item for each member of an object, those of its members after it."""
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        needed = "required" if name in required else "optional"
        yield f"- {code(prefix + name)} ({needed}, {rules(member)}): {described(member)}"
        yield from members(member, f"{prefix}{name}.")
        if "items" in member:
            items = member["items"]
            yield f"- {code(f'{prefix}{name}[]')} ({rules(items)}): {described(items)}"
            yield from members(items, f"{prefix}{name}[].")
