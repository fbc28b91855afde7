"""Asks three linters about openapi.yaml: whatever any of them finds, a hint even, is a failure."""

import subprocess
import sys

import node

DOCUMENT = "../openapi.yaml"


def main() -> None:
    node.install()
    runs = {
        "openapi-spec-validator": subprocess.run(
            [sys.executable, "-m", "openapi_spec_validator", DOCUMENT],
            cwd=node.HERE,
            capture_output=True,
            text=True,
            check=False,
        ),
        "Spectral": node.run("spectral", "lint", "--ruleset=spectral.yaml", "--fail-severity=hint", DOCUMENT),
        "Redocly": node.run("redocly", "lint", "--config=redocly.yaml", "--lint-config=error", DOCUMENT),
    }
    failed = [name for name, done in runs.items() if done.returncode]
    for name, done in runs.items():
        print(f"{name}: {'findings' if name in failed else 'no findings'}")
        if name in failed:
            print(done.stdout + done.stderr)
    if failed:
        raise SystemExit(f"openapi.yaml has findings from {', '.join(failed)}")


if __name__ == "__main__":
    main()
