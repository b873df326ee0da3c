"""Gets the public originals of built-in data sets, checked and resumed.

pooch checks what arrives and puts it in place; below it lies a downloader of ours that continues
a file where the last attempt was cut off, and never writes more than the file may hold.
"""

import errno
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from core.datasets.content import Root, data_root, one_line
from core.datasets.originals import ORIGINALS, Original, RemoteFile

TIMEOUT = 30.0  # seconds without an answer
BLOCK = 1 << 18  # bytes

Progress = Callable[[int, int, str], None]


class DownloadError(OSError):
    """A file that could not be fetched; the message is one line that says what to do."""


def download(
    name: str,
    root: Root = None,
    *,
    originals: Mapping[str, Original] = ORIGINALS,
    progress: Progress | None = None,
) -> list[Path]:
    """Return the files of a public data set, fetched below the data root where they were missing.

    Parameters
    ----------
    name
        One of ``originals``.
    root
        The folder of all data sets; None is the folder that ``DARKROOM_DATA`` names.
    originals
        What can be fetched, and from where.
    progress
        Called with bytes at hand, bytes in all, and the file's name.

    Raises
    ------
    ValueError
        If the name is not known, there is no data root, or another file lies in a file's place.
    DownloadError
        If a server does not answer, sends something else, or the disk is full. What arrived
        before is kept, and the next attempt continues there, unless its checksum is wrong.
    """
    if name not in originals:
        raise ValueError(f"can download {', '.join(sorted(originals))}, got {name!r}")
    base = data_root(root)
    if base is None:
        raise ValueError("there is no folder to download to: give --data-root or DARKROOM_DATA")
    return [_fetch(file, base / name, progress) for file in originals[name].files]


def _fetch(file: RemoteFile, folder: Path, progress: Progress | None) -> Path:
    import filelock
    import pooch  # neither is needed by those who have their data

    place = folder / file.name
    if place.exists():
        if not pooch.core.hash_matches(str(place), file.checksum):
            raise ValueError(
                f"{place} is there, but is not the published file: move it away to download that"
            )
        return place
    pooch.get_logger().setLevel("WARNING")
    with spoken(file, folder):
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / f".{file.name}.lock", timeout=0):
            pooch.retrieve(
                file.url,
                known_hash=file.checksum,
                fname=file.name,
                path=folder,
                downloader=cast(Any, Resuming(file, folder / f"{file.name}.part", progress)),
            )
    return place


@contextmanager
def spoken(file: RemoteFile, folder: Path) -> Iterator[None]:
    """What goes wrong while the file is fetched into the folder, as one line."""
    import filelock
    import requests

    try:
        yield
    except filelock.Timeout:
        raise DownloadError(f"{file.name} is being downloaded by another process") from None
    except ValueError as error:
        if "hash" not in str(error):
            raise
        raise DownloadError(
            f"{file.name}: what {file.url} sent has the wrong checksum and was removed; try again "
            f"later, or put the published file into {folder}"
        ) from None
    except requests.RequestException as error:
        raise DownloadError(
            f"{file.name} could not be fetched ({_reason(error, file.url)}); run the command again "
            f"to continue, or put the file from {file.url} into {folder}"
        ) from None
    except DownloadError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DownloadError(_full(file, folder)) from None
        place = folder / file.name
        raise DownloadError(f"{place} cannot be written: {error.strerror or error}") from None


class Resuming:
    """A downloader, made for pooch, that continues the part left by an earlier attempt.

    Without ``redirects`` the file is only taken from the very address that was asked.
    """

    def __init__(
        self, file: RemoteFile, part: Path, progress: Progress | None, *, redirects: bool = True
    ) -> None:
        self._file, self._part, self._progress = file, part, progress
        self._redirects = redirects

    def __call__(self, url: str, output_file: str | Path, pooch: Any = None) -> None:
        """Fetch what is missing, then put the whole at ``output_file``."""
        size = self._file.size
        have = self._part.stat().st_size if self._part.is_file() else 0
        if have > size:
            self._part.unlink()
            have = 0
        if shutil.disk_usage(self._part.parent).free < size - have:
            raise DownloadError(_full(self._file, self._part.parent))
        if have < size:
            self._get(url, have)
        have = self._part.stat().st_size
        if have < size:
            raise DownloadError(
                f"{self._file.name}: the connection ended after {have} of {size} bytes; run the "
                f"command again to continue"
            )
        self._part.replace(output_file)

    def _get(self, url: str, have: int) -> None:
        import requests

        # compressed on the way, the sizes would not be those of the file
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with requests.get(
            url,
            headers=headers,
            stream=True,
            timeout=TIMEOUT,
            allow_redirects=self._redirects,
        ) as answer:
            if answer.is_redirect:
                raise DownloadError(f"{self._file.name}: {url} leads elsewhere now; try again")
            if answer.status_code == 416 and have:  # the part is of another file
                self._part.unlink()
                self._get(url, 0)
                return
            answer.raise_for_status()
            begins = answer.headers.get("Content-Range", "")
            continues = answer.status_code == 206 and begins.startswith(f"bytes {have}-")
            have = have if continues else 0
            declared = answer.headers.get("Content-Length", "")
            if declared.isdigit() and have + int(declared) > self._file.size:
                raise DownloadError(self._too_large(have + int(declared)))
            with self._part.open("ab" if continues else "wb") as part:
                for block in answer.iter_content(BLOCK):
                    have += len(block)
                    if have > self._file.size:
                        self._part.unlink()
                        raise DownloadError(self._too_large(have))
                    part.write(block)
                    if self._progress:
                        self._progress(have, self._file.size, self._file.name)

    def _too_large(self, size: int) -> str:
        return (
            f"{self._file.name}: {self._file.url} sends {size} bytes or more instead of "
            f"{self._file.size}, so it is another file; get the published one by hand"
        )


def _reason(error: Exception, url: str) -> str:
    """What went wrong on the way; the commonest case, no internet, in words of its own."""
    from requests import ConnectionError, ConnectTimeout, ReadTimeout

    host = urlsplit(url).hostname
    if isinstance(error, ConnectTimeout | ReadTimeout):
        return f"{host} does not answer"
    # its kinds, a proxy's refusal or a certificate's, need their own words
    if type(error) is ConnectionError and "Max retries" in str(error):
        return f"no connection to {host}: is this machine on the internet?"
    return one_line(error)[:200]


def _full(file: RemoteFile, folder: Path) -> str:
    return (
        f"the disk is full: {file.name} needs {file.size} bytes in {folder}; make room and run "
        f"the command again, which continues"
    )
