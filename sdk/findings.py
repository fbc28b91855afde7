"""Asks three linters about our documents: whatever any of them finds, a hint even, is a failure."""

import subprocess
import sys

import node

DOCUMENTS = ("openapi.yaml", "service/operations/internal.yaml", "service/operations/device.yaml")


def main() -> None:
    node.install()
    failed = [f"{name} in {document}" for document in DOCUMENTS for name in linters_that_find_something(document)]
    if failed:
        raise SystemExit(f"findings of {', '.join(failed)}")


def linters_that_find_something(document: str) -> list[str]:
    """Their names. What they found is printed."""
    path = f"../{document}"
    runs = {
        "openapi-spec-validator": subprocess.run(
            [sys.executable, "-m", "openapi_spec_validator", path],
            cwd=node.HERE,
            capture_output=True,
            text=True,
            check=False,
        ),
        "Spectral": node.run("spectral", "lint", "--ruleset=spectral.yaml", "--fail-severity=hint", path),
        "Redocly": node.run("redocly", "lint", "--config=redocly.yaml", "--lint-config=error", path),
    }
    failed = [name for name, done in runs.items() if done.returncode]
    for name, done in runs.items():
        print(f"{document}, {name}: {'findings' if name in failed else 'no findings'}")
        if name in failed:
            print(done.stdout + done.stderr)
    return failed


if __name__ == "__main__":
    main()
