"""A second process that prepares rows while this one feeds the database; started before there is anything to do.

A thread reads what it sends into a short queue, so that it works ahead while this process is busy elsewhere. If it dies, or
fails, this process is told and the caller's transaction ends with nothing written; if this process dies, its pipe closes and
it ends by itself.
"""

import multiprocessing
import queue
import threading
from collections.abc import Generator
from types import TracebackType

from testamur.register import loading, second

_AHEAD = 6  # chunks of some 9 MB


class PreparingFailed(RuntimeError):
    """The second process failed or ended early. The message names the kind of fault and its place, never a value."""


class Preparer:
    """The process and its pipe. Use it as a context, send one plan, read its messages to the end."""

    def __init__(self) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=second.run, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._messages: queue.Queue[loading.Message] = queue.Queue(_AHEAD)
        self._closing = threading.Event()

    def __enter__(self) -> "Preparer":
        """Return the preparer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, whatever it is doing."""
        self._closing.set()
        self._process.kill()
        self._process.join()
        while not self._messages.empty():
            self._messages.get_nowait()

    def begin(self, plan: loading.Load) -> None:
        """Send the plan and begin to read ahead.

        The plan is no argument of the process: `start` would wait for ever if the process died before it read it.
        """
        try:
            self._pipe.send(plan)
        except (BrokenPipeError, ConnectionResetError):
            self._messages.put(("failed", "it ended before it was given anything to do"))
            return
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        """Put messages into the queue until the last, or until the process is gone."""
        message: loading.Message = ("counted", None)
        try:
            while True:
                message = self._pipe.recv()
                self._put(message)
                if message[0] in {"counted", "failed"}:
                    return
        except (EOFError, OSError):
            self._put(("failed", "it ended early"))

    def _put(self, message: loading.Message) -> None:
        """Wait for a place in the queue, unless nobody reads any more."""
        while not self._closing.is_set():
            try:
                self._messages.put(message, timeout=0.2)
            except queue.Full:
                continue
            return

    def messages(self) -> Generator[loading.Message]:
        """Yield the messages of the plan; raises PreparingFailed."""
        while True:
            kind, content = self._messages.get()
            if kind == "failed":
                raise PreparingFailed(f"preparing the rows failed: {content}; nothing was written")
            yield kind, content
            if kind == "counted":
                return
