"""Run the site, or one of its processes: web, worker, mail sink.

`serve site` starts the database, web and worker on this machine and stops them together; behind a load balancer run
`serve web` and `serve worker` on as many machines as you like, over one DATABASE_URL.
"""

import argparse
import socket
import sys
from pathlib import Path

_WEB_PORT = 8000


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `serve` and its verbs."""
    parser = subparsers.add_parser("serve", help=__doc__.partition("\n")[0], description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    site = verbs.add_parser("site", help="database, web and worker, until Ctrl-C")
    site.set_defaults(run=serve_site)
    web = verbs.add_parser("web", help="the web server only")
    web.set_defaults(run=serve_web)
    for verb in (site, web):
        verb.add_argument("--port", type=int, default=_WEB_PORT, help="port on this machine; a free one where taken")
    worker = verbs.add_parser("worker", help="background jobs only")
    worker.set_defaults(run=serve_worker, django=True)
    worker.add_argument("--until-idle", action="store_true", help="stop when no job is left")
    worker.add_argument(
        "--lane", choices=["quick", "large"], help="short jobs only, or large ones only (default: every job)"
    )
    mail = verbs.add_parser("mail", help="a mail server that keeps messages as files and delivers none")
    mail.set_defaults(run=serve_mail)
    mail.add_argument("folder", type=Path, help="where messages are kept")
    mail.add_argument("--port", type=int, default=2525)
    mail.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    guard = verbs.add_parser("guard")
    guard.set_defaults(run=serve_guard)


def serve_site(options: argparse.Namespace) -> int:
    """Run everything until Ctrl-C."""
    return _serve(options, worker=True)


def serve_web(options: argparse.Namespace) -> int:
    """Run the web server until Ctrl-C."""
    return _serve(options, worker=False)


def _serve(options: argparse.Namespace, *, worker: bool) -> int:
    """Run web, and the worker where wanted."""
    from testamur.service import database, processes

    with processes.guarded_database() as addresses, processes.Site(database.var_folder() / "log") as site:
        database.require_tables(addresses)
        port = site.start_web(options.port)
        if worker:
            site.start_worker()
        site.wait_for(f"http://127.0.0.1:{port}/health")
        print(f"The site answers at http://localhost:{port}. Ctrl-C stops it.", flush=True)
        site.watch()
    return 0


def serve_worker(options: argparse.Namespace) -> int:
    """Run background jobs until told to stop."""
    from testamur.service import worker

    worker.work(wait=not options.until_idle, lane=options.lane)
    return 0


def serve_mail(options: argparse.Namespace) -> int:
    """Keep mail until told to stop."""
    from testamur.service import mailsink, processes

    bound = processes.listening_socket(options.port) if options.fd is None else socket.socket(fileno=options.fd)
    print(f"Mail for port {bound.getsockname()[1]} is kept in {options.folder}.", file=sys.stderr, flush=True)
    mailsink.serve(options.folder, bound)
    return 0


def serve_guard(options: argparse.Namespace) -> int:
    """Stop the embedded database once whoever started this is gone."""
    from testamur.service import processes

    processes.guard()
    return 0
