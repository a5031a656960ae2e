"""Knows GGUF files on the Hugging Face Hub: what they are called, where they lie on this machine, how they come here.

HF_ENDPOINT names another hub, HF_TOKEN opens closed repositories; what Hugging Face's own library has fetched is used.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO, cast
from urllib.parse import quote, urljoin, urlsplit

from gpo.core.errors import ConfigError, FetchError
from gpo.core.meant import did_you_mean
from gpo.files.exchange import Ask, Head, Limits, TransferFailed
from gpo.files.fetch import Told, Wanted, fetch, silent
from gpo.files.shown import shown_on
from gpo.files.transfer import Transfers
from gpo.models.addresses import check_address
from gpo.models.dialect import objects_in
from gpo.models.keys import key_in
from gpo.models.providers import parted

HUB = "https://huggingface.co"
_STALLED_S = 60.0
_LONGEST_WAY = 5
"""Redirects within the hub: repositories are renamed."""
_NAME = r"[\w.-]+"
_PIECES = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository at a revision: a branch, a tag or a commit."""

    repository: str
    path: str
    revision: str = field(default="main", kw_only=True)

    @property
    def name(self) -> str:
        """As a user writes it."""
        revision = "" if self.revision == "main" else f"@{self.revision}"
        return f"hf:{self.repository}{revision}/{self.path}"

    @property
    def url(self) -> str:
        """Where it is had. Raises ConfigError where HF_ENDPOINT names no address."""
        return f"{_hub()}/{self.repository}/resolve/{quote(self.revision, safe='')}/{quote(self.path)}"

    @property
    def place(self) -> Path:
        """Where it lies once it is fetched."""
        return models_folder() / self.repository / self.revision / self.path

    @property
    def pieces(self) -> tuple["HubFile", ...]:
        """The files that it is divided into: itself, mostly."""
        found = _PIECES.search(self.path)
        if not found:
            return (self,)
        stem, count = self.path[: found.start()], int(found[2])
        return tuple(replace(self, path=f"{stem}-{i:05}-of-{count:05}.gguf") for i in range(1, count + 1))


def _hub() -> str:
    named = os.environ.get("HF_ENDPOINT", "").strip()
    if named:
        check_address(named, "HF_ENDPOINT", "HF_TOKEN")
    return (named or HUB).rstrip("/")


def models_folder() -> Path:
    """The folder with all files that were fetched."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gpo" / "models"


def hub_file(name: str) -> HubFile:
    """The file of "org/repository/path.gguf", with "@revision" after the repository if need be. Raises ConfigError."""
    found = re.fullmatch(rf"({_NAME}/{_NAME})(?:@({_NAME}))?/((?:{_NAME}/)*{_NAME}\.gguf)", name)
    if not found or ".." in name:
        raise ConfigError(
            f'"hf:{name}" is no file of the hub; expected hf:<org>/<repository>/<file>.gguf, such as '
            "hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF/qwen2.5-0.5b-instruct-q4_k_m.gguf."
        )
    return HubFile(found[1], found[3], revision=found[2] or "main")


def where(file: HubFile) -> Path | None:
    """The file on this machine, here or where Hugging Face's own library keeps it; None where a piece is lacking."""
    if all(piece.place.is_file() for piece in file.pieces):
        return file.pieces[0].place
    kept = [_kept_by_their_library(piece) for piece in file.pieces]
    return kept[0] if all(kept) else None


def _kept_by_their_library(file: HubFile) -> Path | None:
    home = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")
    folder = cache / f"models--{file.repository.replace('/', '--')}"
    try:
        commit = (folder / "refs" / file.revision).read_text(encoding="utf-8").strip()
    except OSError:
        commit = file.revision
    place = folder / "snapshots" / commit / file.path
    return place if place.is_file() else None


def fetched(name: str) -> Path:
    """The file of that name, which must be here already. Raises ConfigError saying how it is had."""
    file = hub_file(name)
    place = where(file)
    if place is None:
        raise ConfigError(f"{file.name} is not on this machine yet: `gpo models get {file.name}` fetches it.")
    return place


def _nobody(_: str) -> None:
    """Is told, and tells nobody."""


async def bring(name: str, told: Told = silent, warn: Callable[[str], object] = _nobody) -> Path:
    """The file of that name, fetched if need be; what broke off earlier is gone on with.

    warn: is told where the hub states no checksum, so that nothing tells whether this is the file that was published.
    Raises ConfigError where there is no such file, FetchError where it cannot be had.
    """
    file = hub_file(name)
    if (place := where(file)) is not None:
        return place
    async with aclosing(Transfers(Limits(connect=30.0, stalled=_STALLED_S))) as transfers:
        for piece in file.pieces:
            if not piece.place.is_file() and not await _bring(transfers, piece, told):
                warn(f"{piece.name} is not checked: the hub states no SHA-256 of it")
    return file.pieces[0].place


async def bring_all(models: Iterable[str], stream: TextIO) -> None:
    """Fetches what lies on the hub of the models named so; the stream is told how far it is, and of what is not
    checked. Raises as `bring`.
    """
    for model in dict.fromkeys(models):
        provider, name = parted(model)
        if provider == "hf":
            await bring(name, shown_on(stream, name), lambda said: stream.write(f"warning: {said}\n"))


async def _bring(transfers: Transfers, file: HubFile, told: Told) -> bool:
    """Fetches the file. Whether it is known to be the one that was published."""
    key = key_in(["HF_TOKEN"])
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    sha256 = await _checksum(transfers, file, headers)
    try:
        # Where the hub sends the request on to another host, libcurl leaves the token behind.
        await fetch(transfers, Wanted(file.url, file.place, sha256=sha256, headers=headers), told)
    except FetchError as error:
        raise FetchError(f"{error} `gpo models get {file.name}` tries it again, from where it broke off.") from error
    return sha256 is not None


async def _checksum(transfers: Transfers, file: HubFile, headers: Mapping[str, str]) -> str | None:
    """The file's SHA-256 as the hub says it; None where it does not. Raises ConfigError where there is no such file."""
    url = file.url
    try:
        for _ in range(_LONGEST_WAY):
            head = (await transfers.send(Ask(url, headers, head_only=True))).head
            if head.status >= 400:
                raise await _missing(transfers, file, head, headers)
            stated = head.headers.get("x-linked-etag", "").strip('"')
            if re.fullmatch("[0-9a-f]{64}", stated):
                return stated
            to = urljoin(url, head.headers.get("location", url))
            if to == url or urlsplit(to).netloc != urlsplit(url).netloc:
                return None
            url = to
    except TransferFailed as error:
        why = "does not answer" if error.late else f"cannot be reached: {error}"
        raise FetchError(f"{url} {why}. HF_ENDPOINT names another hub.") from error
    return None


async def _missing(transfers: Transfers, file: HubFile, head: Head, headers: Mapping[str, str]) -> Exception:
    status, code = head.status, head.headers.get("x-error-code", "")
    if status >= 500 or status == 429:
        return FetchError(f"{file.url} cannot be fetched: HTTP {status}. Try again later.")
    if code == "EntryNotFound":
        there = await _files(transfers, file, headers)
        return ConfigError(f"{file.repository} has no file {file.path}.{did_you_mean(file.path, there)}")
    closed = " or is closed to you: accept its conditions on its page, and set HF_TOKEN"
    return ConfigError(
        f"{file.name} cannot be had (HTTP {status}): {file.repository} does not exist at {file.revision}{closed}."
    )


async def _files(transfers: Transfers, file: HubFile, headers: Mapping[str, str]) -> list[str]:
    """The GGUF files of the repository; none where it does not say."""
    hub = file.url.partition(f"/{file.repository}/resolve/")[0]
    answer = await transfers.send(Ask(f"{hub}/api/models/{file.repository}", headers, follows=True))
    try:
        listed: Any = json.loads(answer.body) if answer.head.status == 200 else {}
    except ValueError:
        listed = {}
    files = cast(dict[str, Any], listed).get("siblings") if isinstance(listed, dict) else None
    names = [str(each.get("rfilename", "")) for each in objects_in(files)]
    return [name for name in names if name.endswith(".gguf")]
