"""Where the second process of a load begins. Nothing is imported here that Polars is part of: its threads are settled first."""

import os
import traceback
from multiprocessing.connection import Connection


def run(pipe: Connection) -> None:
    """Receive a plan, run it and send what it gives.

    Polars works with one thread here: the other processes of a load fill the other cores, and threads that wait for each other
    cost a fifth more. A fault is told by its kind and place only, never by a value.
    """
    os.environ["POLARS_MAX_THREADS"] = "1"
    from testamur.register import loading

    try:
        for message in loading.messages(pipe.recv()):
            pipe.send(message)
    except (BrokenPipeError, EOFError):
        return
    except Exception as fault:
        frames = traceback.extract_tb(fault.__traceback__)
        pipe.send(("failed", f"{type(fault).__name__} at {frames[-1].name}:{frames[-1].lineno}"))
