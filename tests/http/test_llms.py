"""/llms.txt, /llms-full.txt and /docs.md on the running service: the contract for language models and tools."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.support.programs.with_document import LATER_CATALOGUE, RUN, write

PAGES = ("/llms.txt", "/llms-full.txt", "/docs.md")
# What each page that /llms.txt links to is.
TYPES = {
    "/llms-full.txt": "text/plain; charset=utf-8",
    "/docs.md": "text/markdown; charset=utf-8",
    "/docs": "text/html; charset=utf-8",
    "/openapi.yaml": "application/yaml",
    "/openapi.json": "application/json",
    "/.well-known/jwks.json": "application/json",
    "/healthz": "application/json",
    "/readyz": "application/json",
}


def test_index_is_as_llmstxt_org_describes_it(service):
    """One title, a summary in a quotation, and sections that are lists of links, each with a note."""
    text = service.get("/llms.txt").body.decode()
    title, summary, *sections = re.split(r"\n(?=> |## )", text)
    assert title == "# session-refresh\n"
    assert summary.startswith("> Keeps a dashboard's users signed in while they work.\n")
    assert "- POST /api/v1/auth/refresh: Refresh the session cookie" in summary
    assert len(sections) == 3
    assert sections[-1].startswith("## Optional\n")
    for section in sections:
        name, blank, *links = section.strip().split("\n")
        assert re.fullmatch(r"## [A-Z]\w+", name)
        assert blank == ""
        assert [line for line in links if not re.fullmatch(r"- \[[^\]]+\]\(/[^)]*\): .+", line)] == []


def test_every_link_leads_to_what_it_names(service):
    """Each page that the index links to is there, with its type; and it links to each that is meant."""
    links = re.findall(r"\]\(([^)]+)\)", service.get("/llms.txt").body.decode())
    assert sorted(links) == sorted(TYPES)
    for path in links:
        reply = service.get(path)
        assert (reply.status, reply.header("content-type")) == (200, TYPES[path]), path


def test_page_for_people_names_the_one_for_programs(service):
    """The head of /docs says where the same is as Markdown."""
    assert '<link rel="alternate" type="text/markdown" href="docs.md">' in service.get("/docs").body.decode()
    assert service.get("/docs.md").body == service.get("/llms-full.txt").body


def test_call_in_the_text_works(service, token):
    """The command that it shows, sent to this service with a good token, refreshes it."""
    if shutil.which("curl") is None:
        pytest.skip("no curl here")
    (line,) = re.findall(r"^    (curl .*)$", service.get("/docs.md").body.decode(), re.MULTILINE)
    command = line.replace("https://devapi.withverifa.com", f"http://127.0.0.1:{service.port}").replace("TOKEN", token)
    done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.startswith("HTTP/1.1 200 OK")
    assert done.stdout.endswith('{"refreshed": true}')
    service.secrets |= set(re.findall(r"vk_org_token=([^;]+);", done.stdout))


def test_pages_are_those_of_the_document_that_is_served(start, tmp_path):
    """With another document they say what that one says: its versions with their dates, its descriptions."""
    file = write(tmp_path, LATER_CATALOGUE, ["2026-02-01", "2026-08-01"])
    document = yaml.safe_load(file.read_bytes())
    document["info"]["description"] = "Says something else, 100 % in Grün.\n\nAnd more of it.\n"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    running = start(command=[sys.executable, RUN, str(file)])
    index, full, page = (running.get(path).body.decode() for path in PAGES)
    assert "> Says something else, 100 % in Grün.\n" in index
    assert full == page
    for told in ("> Says something else", "And more of it.", "2026-09-01", "2027-03-01", "successor: 2026-08-01"):
        assert told in full
    assert "in while they work" not in index + full


def test_device_binding_is_for_browsers(start, service):
    """Switched on, its document is told as little as /openapi.yaml tells it: browsers make those calls by themselves."""
    running = start(DEVICE_BINDING="offer")
    for path in ("/openapi.yaml", *PAGES):
        assert running.get(path).body == service.get(path).body
        assert b"### POST /api/v1/auth/device" not in running.get(path).body
