"""Several worker processes: uvicorn's supervisor starts them, replaces those that die, and stops them."""

from __future__ import annotations

from typing_extensions import override
from uvicorn.supervisors import Multiprocess


class Supervisor(Multiprocess):
    """uvicorn's supervisor, which here lets go of what only its workers need: the listening socket, and pipe ends."""

    @override
    def keep_subprocess_alive(self) -> None:
        # While the worker's end of the pipe is open here too, we would wait for the answer of a worker that has died.
        for process in self.processes:
            process.child_conn.close()
        super().keep_subprocess_alive()

    @override
    def handle_term(self) -> None:
        # Once the last worker has stopped accepting, connections are refused instead of waiting in the socket. Not in
        # the signal handler itself, which may run while a worker is being started with the socket.
        for listener in self.sockets:
            listener.close()
        super().handle_term()

    handle_int = handle_term
