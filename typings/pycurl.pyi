"""What is used of pycurl: its own stubs are not taken, for want of a py.typed, and typeshed's are of an older one."""

from collections.abc import Callable, Coroutine, Sequence

ACCEPT_ENCODING: int
CAINFO: int
CAPATH: int
CONNECTTIMEOUT_MS: int
CSELECT_IN: int
CSELECT_OUT: int
CURL_HTTP_VERSION_1_1: int
FOLLOWLOCATION: int
HEADERFUNCTION: int
HTTPHEADER: int
HTTP_CONNECTCODE: int
HTTP_VERSION: int
LOW_SPEED_LIMIT: int
LOW_SPEED_TIME: int
M_MAXCONNECTS: int
M_SOCKETFUNCTION: int
NOBODY: int
NOPROXY: int
RESPONSE_CODE: int
NOSIGNAL: int
POLL_IN: int
POLL_INOUT: int
POLL_NONE: int
POLL_OUT: int
POLL_REMOVE: int
POSTFIELDS: int
PREREQFUNCTION: int
PROTOCOLS: int
PROTO_HTTP: int
PROTO_HTTPS: int
PROXY: int
RESPONSE_CODE: int
SOCKET_TIMEOUT: int
SSLOPT_NATIVE_CA: int
SSL_OPTIONS: int
TIMEOUT_MS: int
UPLOAD_BUFFERSIZE: int
URL: int
WRITEFUNCTION: int

class error(Exception):
    args: tuple[int, str]

class Curl:
    def getinfo(self, info: int) -> int: ...
    def setopt(self, option: int, value: int | str | bytes | Sequence[bytes] | Callable[..., int | None]) -> None: ...

class CurlMulti:
    closed: bool
    def setopt(self, option: int, value: int | Callable[..., None]) -> None: ...
    def add_handle(self, curl: Curl) -> None: ...
    def remove_handle(self, curl: Curl) -> None: ...
    def socket_action(self, socket: int, ready: int) -> tuple[int, int]: ...
    def timeout(self) -> int: ...
    def info_read(self) -> tuple[int, list[Curl], list[tuple[Curl, int, str]]]: ...
    def close(self) -> None: ...

class AsyncCurlMulti:
    def setopt(self, option: int, value: int) -> None: ...
    def futures(self) -> tuple[object, ...]: ...
    def perform(self, curl: Curl) -> Coroutine[None, None, Curl]: ...
    def aclose(self) -> Coroutine[None, None, None]: ...
