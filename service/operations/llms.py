"""The contract for language models and tools: /llms.txt (llmstxt.org) says where what is, /llms-full.txt and /docs.md all.

They are made of the document at start: what it says they say. As at /openapi.yaml, that is the document of the contract
alone: what device.yaml describes, browsers do by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.api.contract import Contract
from service.operations import contract_text
from service.operations.documents import Document

# Of the other pages of the public listener, those that a program can use.
LINKS = {
    "Documentation": {
        "The whole contract as text": (
            "/llms-full.txt",
            "each operation with its headers, bodies, responses and errors",
        ),
        "The same as Markdown": ("/docs.md", "the page /docs for programs"),
        "The page for people": ("/docs", "to try it in a browser"),
    },
    "Contract": {
        "OpenAPI as YAML": ("/openapi.yaml", "to generate clients from"),
        "OpenAPI as JSON": ("/openapi.json", "the same"),
    },
    "Optional": {
        "Public keys": ("/.well-known/jwks.json", "the JWK Set that session tokens are verified by"),
        "Health": ("/healthz", "whether the service answers"),
        "Readiness": ("/readyz", "the state of each dependency"),
    },
}
TRYING = (
    "## Trying it",
    "",
    "On the machine of the service, this prints a call with a good token:",
    "",
    "    session-refresh login --sub you --org yours --format curl",
    "",
)


def documents(contract: Contract) -> Iterator[tuple[str, Document]]:
    """The three, by path."""
    whole = "\n".join((contract_text.text_of(contract.spec), *TRYING)).encode()
    yield "/llms.txt", Document("text/plain; charset=utf-8", "\n".join(_index(contract)).encode() + b"\n")
    yield "/llms-full.txt", Document("text/plain; charset=utf-8", whole)
    yield "/docs.md", Document("text/markdown; charset=utf-8", whole)


def _index(contract: Contract) -> Iterator[str]:
    """The file that llmstxt.org describes: title, summary, and lists of links."""
    info = contract.spec["info"]
    yield from (f"# {info['title']}", "", f"> {contract_text.summary(contract.spec)[0]}", "")
    yield from (f"Version {info['version']}. Operations:", "")
    for method, path, operation in contract_text.operations(contract.spec):
        yield f"- {method} {path}: {operation.get('summary', '')}"
    for section, links in LINKS.items():
        yield from ("", f"## {section}", "", *(f"- [{name}]({path}): {what}" for name, (path, what) in links.items()))
