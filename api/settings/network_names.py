"""Settings that name hosts, origins and networks: as browsers send them, or refused.

A name that is written otherwise would never match, and nobody would learn why.
"""

import ipaddress
import re
from contextlib import suppress
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

__all__ = ["Hosts", "Networks", "Origins"]

LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*")
ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>\[[0-9a-f:.]+\]|[^\[\]/:?#@]+)"
    r"(:(?P<port>[0-9]{1,5}))?(?P<rest>[/?#].*)?"
)
# What may stand around a host name in an address: scheme, port, path.
AROUND_HOST = re.compile(r"^[a-z][a-z0-9+.-]*://|[:/?#].*$")
# Browsers leave them out.
DEFAULT_PORTS = frozenset({("http", "80"), ("https", "443")})


def _separated(words: Any) -> Any:
    """Return the words in small letters; in the environment, commas separate them."""
    given = words.split(",") if isinstance(words, str) else words
    if not isinstance(given, list | tuple):
        return given
    small = (word.strip().lower() if isinstance(word, str) else word for word in given)
    return tuple(word for word in small if word != "")


def _host(word: str) -> str:
    address = _address(word.removeprefix("[").removesuffix("]"))
    if address is not None:
        return str(address)
    name = word.removesuffix(".")
    with suppress(UnicodeError):
        name = name.encode("idna").decode()
    if HOST.fullmatch(name):
        return name
    if "*" in word:
        raise ValueError("there are no wildcards; write each name, such as search.example")
    raise ValueError(f"write only the name, such as {_name_inside(name) or 'search.example'}")


def _origin(word: str) -> str:
    parts = ORIGIN.fullmatch(word)
    if parts is None:
        name = _name_inside(word) or "intranet.example"
        raise ValueError(f"write scheme and name, such as https://{name}")
    scheme, host, port = parts["scheme"], _host(parts["host"]), parts["port"]
    origin = f"{scheme}://[{host}]" if ":" in host else f"{scheme}://{host}"
    if port is not None and (scheme, port) not in DEFAULT_PORTS:
        origin += f":{port}"
    if parts["rest"] not in {None, "/"}:
        raise ValueError(f"write it without what follows the name: {origin}")
    return origin


def _network(word: str) -> str:
    try:
        network = ipaddress.ip_network(word, strict=False)
    except ValueError:
        raise ValueError("write an address or a network, such as 192.0.2.7 or 10.0.0.0/8") from None
    address, _, bits = word.partition("/")
    if bits and _address(address) != network.network_address:
        raise ValueError(f"write {network} for the network, or {address} for one machine")
    return str(network) if bits else address


def _address(word: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(word)
    except ValueError:
        return None


def _name_inside(address: str) -> str | None:
    """Return the host name in an address; None if there is none."""
    name = AROUND_HOST.sub("", address)
    return name if HOST.fullmatch(name) and name != "null" else None


# In the environment, only these validators split the words.
_Separated = BeforeValidator(_separated)
Hosts = Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], NoDecode, _Separated]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, _Separated]
Networks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, _Separated]
