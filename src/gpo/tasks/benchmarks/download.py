"""Knows how benchmark files come to this machine: whole and with the right checksum, or not at all."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from gpo.core.errors import FetchError, TaskError
from gpo.core.together import together
from gpo.files.exchange import Limits
from gpo.files.fetch import Wanted, fetch
from gpo.files.transfer import Transfers
from gpo.files.whole import changed, put
from gpo.tasks.benchmarks.catalog import FILES, Dataset, source
from gpo.tasks.benchmarks.folders import cache_folder, is_published

AT_ONCE = 8
LARGEST = 64 * 2**20
"""Bytes; no file of the catalog is nearly as large."""

Told = Callable[[int, int, str], None]
"""What hears of progress: (files that are there, files wanted, the name of the last one)."""
Get = Callable[["File"], Awaitable[None]]
"""What brings a file to its place. Raises FetchError, TaskError where it cannot be had."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a dataset: its path below the folder of all data, and its checksum."""

    path: str
    sha256: str

    @property
    def place(self) -> Path:
        """Where it lies once it is here."""
        return cache_folder() / self.path


@dataclass(frozen=True, slots=True)
class Origin:
    """Where files come from: an address that they lie below. pause_s: before a second try, doubled for a third."""

    url: str = field(default_factory=lambda: source().url)
    timeout_s: float = 60.0
    pause_s: float = field(default=1.0, kw_only=True)


async def download(datasets: Sequence[Dataset], told: Told, origin: Origin | None = None) -> int:
    """How many files were fetched into the cache folder; those that are there with the right checksum are not.

    Raises TaskError where one cannot be had, has another checksum, or cannot be written: the files that are complete
    stay, so that the next call goes on from there, and no file is ever half there.
    """
    origin = origin or Origin()
    async with aclosing(Transfers(Limits(origin.timeout_s))) as transfers:

        async def get(file: File) -> None:
            url = f"{origin.url}/{file.path}"
            wanted = Wanted(url, file.place, sha256=file.sha256, largest=LARGEST, resumes=False)
            await fetch(transfers, wanted, pause_s=origin.pause_s)

        return await _get(datasets, told, get)


async def copy(datasets: Sequence[Dataset], told: Told, folder: Path) -> int:
    """The same from a folder on this machine: one as GPO_DATA_DIR names, or a checkout of the paper's repository."""

    async def get(file: File) -> None:
        data = _read_local(folder, file.path)
        found = hashlib.sha256(data).hexdigest()
        if found != file.sha256:
            raise changed(file.path, found, file.sha256, len(data))
        put(file.place, data)

    return await _get(datasets, told, get)


async def _get(datasets: Sequence[Dataset], told: Told, get: Get) -> int:
    every = [File(f"{each.folder}/{name}", each.sha256[part]) for each in datasets for part, name in FILES.items()]
    lacking = [each for each in every if not is_published(each.place, each.sha256)]
    there, slots = len(every) - len(lacking), asyncio.Semaphore(AT_ONCE)
    told(there, len(every), "")

    async def one(file: File) -> None:
        nonlocal there
        async with slots:
            await get(file)
            there += 1
            told(there, len(every), file.path)

    try:
        await together(one(each) for each in lacking)
    except FetchError as error:
        raise TaskError(
            f"{error} The files that are complete stay; run the command again to go on. --from FOLDER takes the data "
            "from this machine, XDG_CACHE_HOME names another place for them."
        ) from error
    return len(lacking)


def _read_local(folder: Path, path: str) -> bytes:
    for place in (folder / path, folder / "data" / path):
        try:
            return place.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise TaskError(f"{place} cannot be read: {error.strerror}.") from error
    raise TaskError(f"There is no {path} in {folder}. --from names the folder that holds {path.partition('/')[0]}.")
