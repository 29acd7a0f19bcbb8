"""Posts one message to an address that somebody else chose, and to nothing on our own side of the network.

The name is resolved once, every address that it has must be a public one, and the connection goes to the very address that
was looked at; redirects are not followed, and a server that answers slowly is left. Trust threat: an address that leads the
register's own worker to inner services.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

LONGEST_URL: Final = 500
_CONNECT_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 15.0
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a message: the answer's status, or None and the kind of trouble in a word."""

    status: int | None
    trouble: str = ""

    @property
    def taken(self) -> bool:
        """Say whether the other side took the message (2xx)."""
        return self.status is not None and 200 <= self.status < 300


class Unreachable(Exception):
    """The address may not be used, or leads nowhere; carries the reason in a word."""


def fault_of(url: str, *, here: bool) -> str:
    """Say what is wrong with an address for webhooks, "" for a good one. `here`: this machine may be told too (demo)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is no address. Enter one that begins with https://."
    plain = url.isascii() and url.isprintable() and " " not in url
    if not plain or len(url) > LONGEST_URL or not parts.hostname or port == 0:
        return f"This is no address. Enter one that begins with https://, at most {LONGEST_URL} characters."
    if parts.username or parts.password or parts.fragment:
        return "Leave names, passwords and # out of the address."
    if parts.scheme == "https" or (parts.scheme == "http" and here and parts.hostname in _HERE):
        literal = _literal(parts.hostname)
        local = here and parts.hostname in _HERE
        return "" if local or literal is None or is_public(literal) else "This address is not a public one."
    return "Messages are sent over https:// only."


def is_public(address: Address) -> bool:
    """Say whether an address lies in the public Internet; one that carries another inside answers for that one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None and not is_public(inner):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def post(url: str, body: str, headers: Mapping[str, str], *, here: bool) -> Posted:
    """Send a body as JSON and return what was answered. Never raises for the other side's faults."""
    parts = urlsplit(url)
    if fault_of(url, here=here):
        return Posted(None, "address refused")
    try:
        connection = _connected(parts, here=here and parts.hostname in _HERE)
    except Unreachable as reason:
        return Posted(None, str(reason))
    except (OSError, ssl.SSLError) as error:
        return Posted(None, type(error).__name__)
    return _asked(connection, parts, body, headers)


def _asked(connection: http.client.HTTPConnection, parts: SplitResult, body: str, headers: Mapping[str, str]) -> Posted:
    """Send the request over an open connection and wait for the first line of the answer, not for ever."""
    end = threading.Timer(_ANSWER_SECONDS, _cut, [connection.sock])
    end.daemon = True
    end.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        always = {"Content-Type": "application/json", "User-Agent": "Testamur-Webhooks/1"}
        connection.request("POST", path, body.encode(), {**always, **headers})
        return Posted(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return Posted(None, type(error).__name__)
    finally:
        end.cancel()
        connection.close()


def _cut(sock: socket.socket) -> None:
    """End a connection that takes too long, from another thread."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _connected(parts: SplitResult, *, here: bool) -> http.client.HTTPConnection:
    """Return a connection to an address that was looked at; raises Unreachable, OSError or SSLError."""
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    where = _looked_at(host, port, here=here)
    connection = http.client.HTTPConnection(host, port)
    raw = socket.create_connection((where, port), timeout=_CONNECT_SECONDS)
    raw.settimeout(_ANSWER_SECONDS)
    try:
        connection.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host) if secure else raw
    except (OSError, ssl.SSLError):
        raw.close()
        raise
    return connection


def _looked_at(host: str, port: int, *, here: bool) -> str:
    """Return one numeric address of a host, all of which are public ones; raises Unreachable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("name not found") from None
    addresses = [str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found]
    if not here and not all(is_public(ipaddress.ip_address(one)) for one in addresses):
        raise Unreachable("address not public")
    return addresses[0]


def _literal(host: str) -> Address | None:
    """Return the address that a host is written as, None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
