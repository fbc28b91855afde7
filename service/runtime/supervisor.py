"""Several worker processes: uvicorn's supervisor starts them, replaces those that die, and stops them."""

from __future__ import annotations

import os
import signal
from socket import socket

from typing_extensions import override
from uvicorn.config import Config
from uvicorn.supervisors import Multiprocess

from service.runtime import signals


class Supervisor(Multiprocess):
    """uvicorn's supervisor, which here lets go of what only its workers need: the listening sockets, and pipe ends.

    Its signals are those of one worker: it neither replaces the workers at SIGHUP nor changes their number.
    """

    def __init__(self, config: Config, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        signals.ignore()  # uvicorn has just set handlers, which workers do not inherit

    @override
    def keep_subprocess_alive(self) -> None:
        # While the worker's end of the pipe is open here too, we would wait for the answer of a worker that has died.
        for process in self.processes:
            process.child_conn.close()
        super().keep_subprocess_alive()

    @override
    def handle_signals(self) -> None:
        # SIGHUP is blocked but for this moment: workers that are started have it blocked until they can handle it.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        super().handle_signals()

    @override
    def handle_hup(self) -> None:
        """Tells the workers to look at their files now. uvicorn would replace them all."""
        for process in self.processes:
            if process.pid is not None:
                os.kill(process.pid, signal.SIGHUP)

    @override
    def handle_term(self) -> None:
        # Once the last worker has stopped accepting, connections are refused instead of waiting in the socket. Not in
        # the signal handler itself, which may run while a worker is being started with the socket.
        for listener in self.sockets:
            listener.close()
        super().handle_term()

    handle_int = handle_quit = handle_term
