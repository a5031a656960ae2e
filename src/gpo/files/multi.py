"""Knows how libcurl's transfers wait within an asyncio event loop: on Linux a few dozen of them cost it one turn.

pycurl's own AsyncCurlMulti, used elsewhere, lets the loop watch every socket by itself. Here one epoll watches them
all, the loop watches that, and a swarm of answers is taken a handful at a time: each handful asks its next questions
before the rest is looked at, so that the endpoint never waits for a whole swarm to be worked off.
"""

import asyncio
import select
import sys
from math import inf
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

    async def perform(self, curl: "Curl") -> object:
        """Waits for the end of a transfer. Raises pycurl.error; where the waiting is cancelled it is broken off."""
        ...

    async def aclose(self) -> None:
        """Breaks off what is under way, and closes the connections."""
        ...


def multi() -> Multi:
    """One for the running loop."""
    found = Epolled() if sys.platform == "linux" else pycurl.AsyncCurlMulti()
    found.setopt(pycurl.M_MAXCONNECTS, _KEPT)
    return found


class Epolled:
    """The one of Linux. _due: when libcurl wants to be called, as the loop counts; an alarm may be set for earlier."""

    def __init__(self) -> None:
        self._loop, self._epoll = asyncio.get_running_loop(), select.epoll()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._wake_in)
        self._under_way: dict[Curl, asyncio.Future[None]] = {}
        self._watched: dict[int, int] = {}
        self._handful = FEWEST
        self._due, self._is_awake = inf, False
        self._alarm: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._epoll.fileno(), self._go_on)

    def setopt(self, option: int, value: int) -> None:
        """Sets an option of libcurl's multi handle."""
        self._multi.setopt(option, value)

    async def perform(self, curl: "Curl") -> None:
        """Waits for the end of a transfer."""
        done = self._under_way[curl] = self._loop.create_future()
        self._multi.add_handle(curl)
        try:
            await done
        finally:
            if self._under_way.pop(curl, None):
                self._multi.remove_handle(curl)

    async def aclose(self) -> None:
        """Breaks off what is under way."""
        self._loop.remove_reader(self._epoll.fileno())
        for curl, done in tuple(self._under_way.items()):
            done.cancel()
            self._end(curl, None)
        self._multi.close()
        self._due = inf
        self._set_alarm()
        self._epoll.close()

    def _go_on(self) -> None:
        """Some sockets are ready."""
        ready = self._epoll.poll(0, self._handful)
        self._handful = min(self._handful + 1, MOST) if len(ready) == self._handful else max(self._handful - 1, FEWEST)
        for socket, events in ready:
            if socket not in self._watched:
                continue
            read = pycurl.CSELECT_IN if events & ~select.EPOLLOUT else 0
            write = pycurl.CSELECT_OUT if events & select.EPOLLOUT else 0
            self._multi.socket_action(socket, read | write)
            if socket in self._watched:
                self._listen(socket)
        self._tell()

    def _tell(self) -> None:
        """Tells those who wait for what has ended."""
        more = 1
        while more:
            more, succeeded, failed = self._multi.info_read()
            for curl in succeeded:
                self._end(curl, None)
            for curl, number, said in failed:
                self._end(curl, pycurl.error(number, said))

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
        """libcurl wants to know when it can read from a socket, write to it, or both; or not any more."""
        if wanted == pycurl.POLL_REMOVE:
            self._watched.pop(socket, None)
            return
        read = select.EPOLLIN if wanted & pycurl.POLL_IN else 0
        write = select.EPOLLOUT if wanted & pycurl.POLL_OUT else 0
        self._watched[socket] = read | write | select.EPOLLONESHOT
        self._listen(socket)

    def _listen(self, socket: int) -> None:
        """Waits for one event of a socket, which is silent afterwards: so the system need not be told to forget it."""
        try:
            self._epoll.modify(socket, self._watched[socket])
        except FileNotFoundError:  # it is new
            self._epoll.register(socket, self._watched[socket])

    def _wake_in(self, milliseconds: int) -> None:
        """libcurl wants to be called after so long; -1: not any more."""
        if milliseconds == 0:
            self._due = 0.0
            if not self._is_awake:
                self._is_awake = True
                self._loop.call_soon(self._wake)
            return
        self._due = inf if milliseconds < 0 else self._loop.time() + milliseconds / 1000
        if self._alarm is None or self._due < self._alarm.when():
            self._set_alarm()

    def _wake(self) -> None:
        self._is_awake = False
        self._call()

    def _ring(self) -> None:
        """The alarm may have been set for a wish that libcurl changed since."""
        self._alarm = None
        self._call()

    def _call(self) -> None:
        """Calls libcurl if it wants to be called by now, else sets the alarm."""
        if self._due > self._loop.time():
            self._set_alarm()
            return
        self._due = inf
        self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._tell()

    def _set_alarm(self) -> None:
        """Sets the alarm anew, or takes it away."""
        alarm, self._alarm = self._alarm, None
        if alarm:
            alarm.cancel()
        if self._due < inf:
            self._alarm = self._loop.call_at(self._due, self._ring)
