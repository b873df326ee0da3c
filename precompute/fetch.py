"""Gets a pack from an address: over https, once, resumed where it was cut off.

Plain http is for this machine alone, and an address that leads elsewhere must lead to one that is
allowed itself. Nothing is taken without its size being told beforehand, and never more than that.
What arrives is a file like any other: `precompute.unpack` decides whether it is a pack.
"""

import hashlib
import ipaddress
import re
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

from core.datasets.downloads import TIMEOUT, DownloadError, Progress, Resuming, spoken
from core.datasets.originals import RemoteFile
from core.store import content_hash
from precompute.pack_file import MOST_BYTES, PackError
from precompute.table import as_size

MOST_REDIRECTS = 5
_FRAGMENT = re.compile(r"sha256=([0-9a-f]{64})")


def is_address(text: str) -> bool:
    """Whether the text is meant as an address on the web."""
    return "://" in text


def plain(url: str) -> str:
    """The address without what may be secret in it: name and password, the query, the fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def fetched(url: str, folder: Path, *, progress: Progress | None = None) -> Path:
    """The file behind an address, in the folder; one that is there already is not fetched again.

    Parameters
    ----------
    url
        An https address, or an http one of this machine. ``#sha256=HEX`` at its end says what the
        file must be.
    folder
        Where it is kept, under a name made of the address.
    progress
        Called with bytes at hand, bytes in all, and the file's name.

    Raises
    ------
    PackError
        If the address is not allowed, or what it sends is not what its end says.
    DownloadError
        If the server does not answer, does not tell the size, or sends something else.
    """
    check_address(url)
    address, _, fragment = url.partition("#")
    pinned = _FRAGMENT.fullmatch(fragment)
    if fragment and not pinned:
        raise PackError(f"{plain(url)}: expected #sha256= and 64 hex digits, got {fragment!r}")
    name = f"{hashlib.sha256(address.encode()).hexdigest()[:16]}.zip"
    place = folder / name
    if not place.is_file():
        _fetch(address, folder, name, progress)
    if pinned and content_hash(place) != pinned[1]:
        place.unlink()
        raise PackError(
            f"what {plain(url)} sent is not the pack with that SHA-256; it was removed: compare "
            f"the address with the sum that `pack` printed"
        )
    return place


def check_address(url: str) -> None:
    """Refuse an address that is neither https nor http on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise PackError(f"{url!r} is no address: expected https://HOST/FILE.zip") from None
    if parts.scheme == "https" and host:
        return
    if parts.scheme == "http" and _is_loopback(host):
        return
    raise PackError(
        f"{plain(url)} is not taken: expected https://, or http:// on this machine alone"
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _fetch(url: str, folder: Path, name: str, progress: Progress | None) -> None:
    import filelock

    nameless = RemoteFile(name, plain(url), "", 0)
    with spoken(nameless, folder):
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / f".{name}.lock", timeout=0):
            final, size = _found(url)
            file = RemoteFile(name, plain(final), "", size)
            part = folder / f"{name}.part"
            Resuming(file, part, progress, redirects=False)(final, folder / name)


def _found(url: str) -> tuple[str, int]:
    """The address that answers for this one, and how many bytes it will send."""
    import requests

    for _ in range(MOST_REDIRECTS + 1):
        check_address(url)
        with requests.get(
            url,
            headers={"Accept-Encoding": "identity"},
            stream=True,
            timeout=TIMEOUT,
            allow_redirects=False,
        ) as answer:
            if answer.is_redirect:
                url = urljoin(url, answer.headers["location"])
                continue
            answer.raise_for_status()
            declared = answer.headers.get("Content-Length", "")
        if not declared.isdigit():
            raise DownloadError(f"{plain(url)} does not tell the size of what it sends")
        if int(declared) > MOST_BYTES:
            raise DownloadError(f"{plain(url)} would send {declared} bytes: no pack is so large")
        return url, int(declared)
    raise DownloadError(f"{plain(url)} leads on more than {MOST_REDIRECTS} times")


def told(stream=None) -> Callable[[int, int, str], None]:
    """Progress as one line that is written over on a terminal, else a line each tenth."""
    out = stream or sys.stderr
    last = -1

    def tell(have: int, size: int, _: str) -> None:
        nonlocal last
        step = 1 if out.isatty() else 10
        share = 100 * have // max(size, 1)
        if share // step != last:
            last = share // step
            begin, end = ("\r", "") if out.isatty() and have < size else ("\r", "\n")
            begin = begin if out.isatty() else ""
            print(f"{begin}fetched {share} % of {as_size(size)}", end=end, file=out, flush=True)

    return tell
