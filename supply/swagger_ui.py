"""Fetches the files of a Swagger UI release from the npm registry, and records where each came from.

swagger_ui.py [VERSION] [FOLDER]: the latest release, into the folder that the wheel takes it from, if nothing else is said.
npm checks what it downloads against the registry's integrity hash. The record is a CycloneDX document, which the wheel
carries (PEP 770): the package with that hash, and each file with its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

PACKAGE = "swagger-ui-dist"  # by the makers of Swagger UI; it holds the release files and nothing to run
FOLDER = Path(__file__).parents[1] / "service" / "operations" / "swagger_ui"
RECORD = "swagger-ui.cdx.json"
FILES = (
    "LICENSE", "NOTICE", "favicon-32x32.png", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css",
)  # fmt: skip


def record(package: dict[str, Any], integrity: str, files: dict[str, bytes]) -> dict[str, Any]:
    """The CycloneDX document about these files of the package."""
    algorithm, _, value = integrity.partition("-")
    if algorithm != "sha512":
        raise SystemExit(f"{PACKAGE}: the registry gives no sha512 integrity hash: {integrity}")
    version = package["version"]
    purl = f"pkg:npm/{PACKAGE}@{version}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": [
            {
                "type": "library",
                "bom-ref": purl,
                "name": PACKAGE,
                "version": version,
                "purl": purl,
                "licenses": [{"license": {"id": package["license"]}}],
                "hashes": [{"alg": "SHA-512", "content": base64.b64decode(value).hex()}],
                "components": [
                    {
                        "type": "file",
                        "bom-ref": f"{purl}#{name}",
                        "name": name,
                        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}],
                    }
                    for name, content in files.items()
                ],
            }
        ],
    }


def fetch(version: str, folder: Path) -> str:
    """Writes the files and their record into `folder`; the version that was fetched."""
    with tempfile.TemporaryDirectory() as place:
        command = ["npm", "pack", f"{PACKAGE}@{version}", "--json", "--pack-destination", place]
        packed = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        # A list of one, or since npm 12 an object by name.
        (told,) = packed.values() if isinstance(packed, dict) else packed
        (archive,) = Path(place).glob("*.tgz")
        with tarfile.open(archive) as release:
            read = {name: release.extractfile(f"package/{name}") for name in (*FILES, "package.json")}
            contents = {name: file.read() for name, file in read.items() if file is not None}
    package = json.loads(contents.pop("package.json"))
    document = record(package, told["integrity"], contents)
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / RECORD).write_text(json.dumps(document, indent=2) + "\n")
    return str(package["version"])


if __name__ == "__main__":
    arguments = dict(enumerate(sys.argv[1:]))
    print(PACKAGE, fetch(arguments.get(0, "latest"), Path(arguments.get(1, FOLDER))))
