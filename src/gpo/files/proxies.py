"""Knows which proxy is on the way to an address, and which addresses are of this machine."""

from functools import lru_cache
from urllib.parse import urlsplit

_HERE = ("localhost", "127.0.0.1", "::1")


def is_here(url: str) -> bool:
    """Whether an address is of this machine."""
    return urlsplit(url).hostname in _HERE


@lru_cache(maxsize=64)
def proxy_for(url: str) -> str | None:
    """The proxy that HTTPS_PROXY and its like name for an address, unless NO_PROXY or this machine is meant."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in _HERE:
        return None
    from urllib.request import getproxies, proxy_bypass  # it takes its time, and this machine needs none of it

    return None if proxy_bypass(host) else getproxies().get(parts.scheme)
