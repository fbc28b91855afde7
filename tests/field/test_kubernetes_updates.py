"""What an update of the Deployment and a drained node do to requests, and how an update meets older tables."""

from __future__ import annotations

import signal
from itertools import count

from tests.stores.tables import OLDER
from tests.support.client import Client
from tests.support.dashboards import Tab, refreshing, total
from tests.support.replies import read_all
from tests.support.waiting import wait_for

PAUSE = 0.21  # seconds between two refreshes of a session: not more than RATE_LIMIT allows


class Endpoints(Client):
    """The pods that a Service leads to: each new connection is to the next one."""

    def __init__(self, *pods):
        self.pods = pods
        self._turns = count()

    def connect(self, seconds=10.0):
        pods = self.pods
        return pods[next(self._turns) % len(pods)].connect(seconds)

    def become(self, *pods, tabs):
        """Leads to these from now on. Returns once every client has learned that, for which preStop gives 10 s."""
        self.pods = pods
        before = {tab: tab.statuses[200] for tab in tabs}
        wait_for(lambda: all(tab.statuses[200] > before[tab] + 1 for tab in tabs), "every client to refresh twice", 20)


def test_update_and_drain_lose_no_request(cluster):
    """Clients get nothing but 200 while both pods are replaced, one by one, and then one is evicted from its node.

    An update starts the successor first; a drain ends the pod first. Some clients keep their connections, to the end.
    """
    first, second = cluster.pod().ready(), cluster.pod().ready()
    endpoints = Endpoints(first, second)
    held = [Tab(endpoints, cluster.login.sign(sid=f"held-{number}")) for number in range(24)]
    fresh = [Tab(endpoints, cluster.login.sign(sid=f"fresh-{number}")) for number in range(8)]
    tabs = held + fresh
    with refreshing(held, pause=PAUSE), refreshing(fresh, pause=PAUSE, hold=False):
        third = cluster.pod().ready()
        endpoints.become(second, third, tabs=tabs)
        assert first.terminate() == 0
        fourth = cluster.pod().ready()
        endpoints.become(third, fourth, tabs=tabs)
        assert second.terminate() == 0
        endpoints.become(fourth, tabs=tabs)
        assert third.terminate() == 0
        endpoints.become(fourth, cluster.pod().ready(), tabs=tabs)
    assert set(total(tabs)) == {200}
    assert not [tab for tab in tabs if tab.refused]


def test_request_whose_body_is_under_way_is_answered(cluster):
    """SIGTERM reaches process 1, which finishes what was begun and ends with status 0."""
    pod = cluster.pod().ready()
    head = "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    with pod.connect() as connection:
        connection.sendall(f"{head}Cookie: vk_org_token={cluster.login.sign()}\r\n\r\n{{".encode())
        assert pod.succeeds("livenessProbe")
        pod.container.signal(signal.SIGTERM)
        wait_for(lambda: not pod.succeeds("livenessProbe"), "the pod to stop listening")
        connection.sendall(b"}")
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")
    assert pod.ended() == 0


def test_update_with_a_wrong_url_stops_at_its_first_pod(cluster):
    """The pod runs and is never ready, so the Deployment leaves the old ones."""
    wrong = cluster.urls | {"database-url": cluster.urls["database-url"].replace("PASSWORD", "WRONG")}
    pod = cluster.pod(session_refresh_urls=wrong).start()
    pod.wait_until("startupProbe")
    assert pod.get("/readyz").status == 503
    assert not pod.succeeds("readinessProbe")
    assert "WRONG" not in pod.log.text()


def test_job_migrates_before_the_update(cluster):
    """A pod refuses older tables in a line that says what to do; after the Job it is ready. Then there is nothing to do."""
    assert cluster.pod().ready().terminate() == 0
    with cluster.postgresql.connect(cluster.database.path.removeprefix("/")) as connection:
        for statement in OLDER["2"]:
            connection.execute(statement)
        connection.execute("UPDATE session_refresh_schema SET version_num = '2'")
    early = cluster.pod().start()
    assert early.ended() == 1
    assert "session-refresh migrate" in early.log.text()
    for line in ("the tables were brought up to date\n", "the tables are up to date\n"):
        job = cluster.pod("Job").start()
        assert (job.ended(), job.log.text()) == (0, line)
    assert cluster.pod().ready().refresh(cluster.login.sign(sid="migrated")).status == 200
