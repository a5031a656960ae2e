"""Knows how libcurl's transfers wait within an asyncio event loop: on Linux a few dozen of them cost it one turn.

pycurl's own AsyncCurlMulti, used elsewhere, lets the loop watch every socket by itself, and hears of every change of
libcurl's next deadline. Here one epoll watches the sockets, the loop watches that, and a swarm of answers is taken a
handful at a time: each handful asks its next questions before the rest is looked at, so that the endpoint never waits
for a whole swarm to be worked off. When it wants to be called next libcurl is asked once for each handful.
"""

import asyncio
import select
import sys
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Protocol

import pycurl

if TYPE_CHECKING:
    from pycurl import Curl

FEWEST, MOST = 4, 16
"""What a handful may be. The fewer, the sooner the next questions are asked; the more, the less of a turn of the loop
each of them costs. So it grows while answers come faster than they are taken, and shrinks while they do not.
"""
_KEPT = 4096
"""Connections that stay open between two requests; libcurl's own rule would close most of them after every wave."""


class Multi(Protocol):
    """Performs transfers of one running event loop side by side, over connections that they share."""

    @property
    def under_way(self) -> int:
        """How many of them."""
        ...

    def perform(self, curl: "Curl") -> Awaitable[object]:
        """Begins a transfer, whose end is then awaited; that raises pycurl.error."""
        ...

    def drop(self, curl: "Curl") -> None:
        """Breaks a transfer off whose end is awaited no longer."""
        ...

    async def aclose(self) -> None:
        """Breaks off what is under way, and closes the connections."""
        ...


def multi() -> Multi:
    """One for the running loop."""
    found = Epolled() if sys.platform == "linux" else Elsewhere()
    found.setopt(pycurl.M_MAXCONNECTS, _KEPT)
    return found


_IN, _OUT, _MOST_EVENTS, _ONCE = 1, 4, 31, 1 << 30
"""Linux's numbers of events; elsewhere `select` does not have them."""
_WANTED = {
    pycurl.POLL_REMOVE: 0,
    pycurl.POLL_NONE: _ONCE,
    pycurl.POLL_IN: _ONCE | _IN,
    pycurl.POLL_OUT: _ONCE | _OUT,
    pycurl.POLL_INOUT: _ONCE | _IN | _OUT,
}
"""What to listen for where libcurl wants to read from a socket, to write to it, or both; 0: for nothing any more.

One event is told, and then the socket is silent: so the system need not be told to forget it.
"""
_HAPPENED = tuple(
    (pycurl.CSELECT_OUT if events & _OUT else 0) | (pycurl.CSELECT_IN if events & ~_OUT else 0)
    for events in range(_MOST_EVENTS + 1)
)
"""What libcurl is told of events. What has broken is found out by reading."""


class Elsewhere(pycurl.AsyncCurlMulti):
    """The one that is not of Linux."""

    def drop(self, curl: "Curl") -> None:
        """It finds out by itself whose end is awaited no longer."""

    @property
    def under_way(self) -> int:
        """How many transfers are."""
        return len(self.futures())


class Epolled:
    """The one of Linux. An alarm may be set for a wish that libcurl has dropped since: it is then asked in vain."""

    def __init__(self) -> None:
        self._loop, self._epoll = asyncio.get_running_loop(), select.epoll()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._under_way: dict[Curl, asyncio.Future[None]] = {}
        self._watched: dict[int, int] = {}
        self._handful = FEWEST
        self._is_called = False
        self._alarm: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._epoll.fileno(), self._go_on)

    @property
    def under_way(self) -> int:
        """How many transfers are."""
        return len(self._under_way)

    def setopt(self, option: int, value: int) -> None:
        """Sets an option of libcurl's multi handle."""
        self._multi.setopt(option, value)

    def perform(self, curl: "Curl") -> Awaitable[None]:
        """Begins a transfer."""
        done = self._under_way[curl] = asyncio.Future(loop=self._loop)
        self._multi.add_handle(curl)
        if not self._is_called:  # all that are asked for in this turn of the loop begin together
            self._is_called = True
            self._loop.call_soon(self._begin)
        return done

    def drop(self, curl: "Curl") -> None:
        """Breaks a transfer off."""
        if self._under_way.pop(curl, None):
            self._multi.remove_handle(curl)

    async def aclose(self) -> None:
        """Breaks off what is under way."""
        self._loop.remove_reader(self._epoll.fileno())
        for curl, done in tuple(self._under_way.items()):
            done.cancel()
            self._end(curl, None)
        if self._alarm:
            self._alarm.cancel()
        self._multi.close()
        self._epoll.close()

    def _begin(self) -> None:
        """Begins what was added since the last turn, unless all was closed since."""
        self._is_called = False
        if not self._multi.closed:
            self._call()

    def _ring(self) -> None:
        self._alarm = None
        self._call()

    def _call(self) -> None:
        """Lets libcurl begin what was added, and do what is due by now."""
        self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._tell()

    def _go_on(self) -> None:
        """Some sockets are ready. libcurl lets it pass where it has given one up since they were looked at."""
        ready = self._epoll.poll(0, self._handful)
        self._handful = min(self._handful + 1, MOST) if len(ready) == self._handful else max(self._handful - 1, FEWEST)
        for socket, events in ready:
            self._multi.socket_action(socket, _HAPPENED[events])
            if wanted := self._watched[socket]:
                self._listen(socket, wanted)
        self._tell()

    def _tell(self) -> None:
        """Tells those who wait for what has ended, and sets the alarm for when libcurl wants to be called anyway."""
        _, succeeded, failed = self._multi.info_read()
        for curl in succeeded:
            self._end(curl, None)
        for curl, number, said in failed:
            self._end(curl, pycurl.error(number, said))
        milliseconds = self._multi.timeout()
        if milliseconds < 0:  # it does not
            return
        due = self._loop.time() + milliseconds / 1000
        if self._alarm and self._alarm.when() <= due:
            return
        if self._alarm:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(due, self._ring)

    def _end(self, curl: "Curl", error: Exception | None) -> None:
        self._multi.remove_handle(curl)
        done = self._under_way.pop(curl)
        if done.cancelled():  # and whoever waited has not had a turn since
            return
        if error:
            done.set_exception(error)
        else:
            done.set_result(None)

    def _watch(self, wanted: int, socket: int, *_: object) -> None:
        """libcurl wants to know what happens at a socket; or not any more."""
        events = self._watched[socket] = _WANTED[wanted]
        if events:
            self._listen(socket, events)

    def _listen(self, socket: int, events: int) -> None:
        try:
            self._epoll.modify(socket, events)
        except FileNotFoundError:  # it is new
            self._epoll.register(socket, events)
