"""A file that is read again whenever it changes, while the service runs."""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Generic, TypeVar

from service.state.guarded_file import FileError
from service.telemetry.log import Log

WATCH_SECONDS = 0.5

Content = TypeVar("Content")  # what is read from the file
Value = TypeVar("Value")  # what is made of it


class LiveFile(ABC, Generic[Content, Value]):
    """What is in force: that of the file at `path`, or while it cannot be used, the last that could.

    At the start, that is `otherwise`; without it, a file that cannot be used raises FileError.
    """

    refused: str  # what the log says then

    def __init__(self, path: Path, log: Log, otherwise: Value | None = None) -> None:
        self._path = path
        self._log = log
        self._seen = self._fingerprint()
        self.problem = ""
        self._refused: tuple[int, ...] = ()
        self._unfit: tuple[Content, str] | None = None  # what was read last and cannot be used, and why not
        try:
            self.current = self._make(self._read())
        except FileError as error:
            if otherwise is None:
                raise
            self.current = otherwise
            self._refuse(error, self._seen)

    @abstractmethod
    def _read(self) -> Content:
        """What is in the file. Raises FileError."""

    @abstractmethod
    def _make(self, content: Content) -> Value:
        """What `content` means. Raises FileError."""

    @abstractmethod
    def _incomplete(self) -> Value:
        """What is in force, marked: there may be more in the file that we do not know."""

    @abstractmethod
    def _tell(self) -> None:
        """Logs what came into force."""

    def _fingerprint(self) -> tuple[int, ...]:
        try:
            status = os.stat(self._path)
        except OSError:
            return ()
        return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)

    def reload(self) -> None:
        """Reads the file if it has changed. If it cannot be used, that is logged and what is in force stays.

        It is then read again each time, changed or not: what was in the way may have been neither the file nor its
        content.
        """
        seen = self._fingerprint()
        if seen == self._seen and not self.problem:
            return
        try:
            self.current = self._load()
        except FileError as error:
            self.current = self._incomplete()
            self._refuse(error, seen)
        else:
            self.problem = ""
            self._seen = seen
            self._tell()

    def _refuse(self, error: FileError, seen: tuple[int, ...]) -> None:
        """Notes that the file cannot be used as it is, and logs it once."""
        told = (self.problem, self._refused)
        self.problem, self._refused = str(error), seen
        if told != (self.problem, seen):
            self._log.error(self.refused, reason=self.problem)

    def _load(self) -> Value:
        """What the file means. Raises FileError.

        What was refused is not tried again: with an RSA key of 3072 bits that takes 0.2 s, in which nobody is answered.
        """
        content = self._read()
        if self._unfit is not None and self._unfit[0] == content:
            raise FileError(self._unfit[1])
        self._unfit = None
        try:
            return self._make(content)
        except FileError as error:
            self._unfit = (content, str(error))
            raise

    async def watch(self) -> None:
        """Reloads the file whenever it changes. Never returns."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self.reload()
