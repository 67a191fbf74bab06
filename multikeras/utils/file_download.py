"""Downloads a file into the cache, once, and only as a whole."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import logging
import os
import pathlib
import secrets
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from multikeras import config
from multikeras.errors import ArgumentError, CorruptDownloadError, DownloadError
from multikeras.utils.archive import extract_archive

_CHUNK = 1 << 16  # bytes
_PATIENCE = 60.0  # seconds without a byte

_DIGITS = {"md5": 32, "sha256": 64}


def get_file(
    fname: str | os.PathLike | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str | os.PathLike = "datasets",
    hash_algorithm: Literal["auto", "md5", "sha256"] = "auto",
    extract: bool = False,
    archive_format: str | Sequence[str] | None = "auto",
    cache_dir: str | os.PathLike | None = None,
    force_download: bool = False,
) -> str:
    """The path of a file that was downloaded now, or already lies in the cache.

    The file appears under its name only when all of it has come and its hash is right: a broken, interrupted or
    tampered download leaves nothing behind. Give a `file_hash` wherever it is known: without one, whatever the server
    sends is taken.

    Args:
        fname: Its name in the cache; the last part of the URL by default. If the file is unpacked and `fname` has a
            dot, the folder gets the part before it, with `_extracted` appended; else the folder is called `fname`, and
            the archive gets `_archive` appended.
        origin: The URL: `https:`, `http:` or `file:`.
        untar: The older way to say `extract=True, archive_format="tar"`.
        md5_hash: The older way to say `file_hash=..., hash_algorithm="md5"`.
        file_hash: What the hash of the file has to be, in hexadecimal digits. A cached file with another is replaced.
        cache_subdir: The folder within `cache_dir`, or an absolute path.
        hash_algorithm: `"sha256"`, `"md5"`, or `"auto"` to tell by the length of the hash.
        extract: Whether to unpack the file, which then has to be an archive.
        archive_format: `"tar"` (plain or compressed by gzip, bzip2 or xz), `"zip"`, a list of them, `"auto"` for both,
            or `None` for neither.
        cache_dir: The folder of the cache; `$KERAS_HOME`, or else `~/.keras`, by default.
        force_download: Whether to download it even if it is in the cache.

    Returns:
        The path of the file or, if it was unpacked, of the folder with its content.

    Raises:
        DownloadError: It cannot be fetched.
        CorruptDownloadError: What came is not the whole file, or does not have the hash.
        FileFormatError: The archive is damaged, or a file or a link of it leads out of the folder.
        ArgumentError: There is no URL, no usable file name, no such hash or no such format.

    ```python
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     folder = pathlib.Path(name)
    ...     _ = (folder / "numbers.txt").write_text("1 2 3")
    ...     path = get_file(origin=(folder / "numbers.txt").as_uri(), cache_dir=folder / "cache")
    ...     pathlib.Path(path).relative_to(folder).as_posix(), pathlib.Path(path).read_text()
    Downloading data from file:///.../numbers.txt
    ('cache/datasets/numbers.txt', '1 2 3')

    ```
    """
    if origin is None:
        raise ArgumentError("A download has a URL.", received="origin=None", hint="origin='https://...'")
    if urllib.parse.urlsplit(origin).scheme not in ("https", "http", "file"):
        raise ArgumentError(
            "The URL of a download begins with https:, http: or file:.",
            received=f"origin={origin!r}",
            hint=f"origin='https://{origin}'",
        )
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    expected = None if file_hash is None else (_algorithm(hash_algorithm, file_hash), file_hash.lower())

    name = _file_name(fname, origin)
    folder = _cache_folder(cache_dir, cache_subdir)
    unpacked = None
    target = folder / name
    if extract or untar:
        if fname and "." in name:
            unpacked = folder / f"{name.partition('.')[0]}_extracted"
        else:
            unpacked, target = target, folder / f"{name}_archive"

    if force_download or not _is_cached(target, expected):
        _download(origin, target, expected)
    if unpacked is None:
        return str(target)
    if not extract_archive(target, unpacked, "tar" if untar else archive_format):
        warnings.warn(f"{target} is no archive of the format {archive_format!r} and was not unpacked.", stacklevel=2)
    return str(unpacked)


def _file_name(fname: str | os.PathLike | None, origin: str) -> str:
    name = os.fspath(fname) if fname else urllib.parse.urlsplit(origin).path.rpartition("/")[2]
    if name in ("", ".", "..") or os.sep in name or (os.altsep and os.altsep in name):
        raise ArgumentError(
            "A file in the cache has a plain name; folders are given by cache_dir and cache_subdir.",
            received=f"fname={fname!r}, origin={origin!r}",
            hint="fname='data.npz'",
        )
    return name


def _cache_folder(cache_dir: str | os.PathLike | None, cache_subdir: str | os.PathLike) -> pathlib.Path:
    base = config.home() if cache_dir is None else pathlib.Path(cache_dir)
    folder = base.expanduser() / cache_subdir
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        asked, folder = folder, pathlib.Path(tempfile.gettempdir(), ".keras", cache_subdir)
        warnings.warn(f"{asked} cannot be written to; {folder} takes its place.", stacklevel=3)
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _algorithm(name: str, file_hash: str) -> str:
    if name == "auto":
        name = "sha256" if len(file_hash) == _DIGITS["sha256"] else "md5"
    if len(file_hash) != _DIGITS.get(name):
        raise ArgumentError(
            "A file's hash is 64 hexadecimal digits of sha256 or 32 of md5.",
            received=f"hash_algorithm={name!r}, file_hash={file_hash!r}",
            hint="hash_algorithm='auto'",
        )
    return name


def _is_cached(target: pathlib.Path, expected: tuple[str, str] | None) -> bool:
    if not target.exists():
        return False
    if expected is None:
        return True
    algorithm, digest = expected
    with target.open("rb") as file:
        if hashlib.file_digest(file, algorithm).hexdigest() == digest:
            return True
    _tell(f"{target} does not have the {algorithm} hash {digest}: it is incomplete or outdated.")
    return False


def _download(origin: str, target: pathlib.Path, expected: tuple[str, str] | None) -> None:
    _tell(f"Downloading data from {origin}")
    partial = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}")
    algorithm, digest = expected or ("sha256", None)
    received = hashlib.new(algorithm)
    try:
        with partial.open("xb") as file:
            for chunk in _chunks(origin, target):
                received.update(chunk)
                file.write(chunk)
        if digest is not None and received.hexdigest() != digest:
            raise CorruptDownloadError(
                "What a URL gives has the hash that was asked for.",
                received=f"{algorithm} {received.hexdigest()} from {origin}, not {digest}",
                hint="get_file again, or find out who changed the file",
            )
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _chunks(origin: str, target: pathlib.Path) -> Iterator[bytes]:
    """What the URL gives, piece by piece, with a progress bar."""
    try:
        # The caller has checked that the scheme is one of three.
        with urllib.request.urlopen(origin, timeout=_PATIENCE) as response:  # noqa: S310
            length = response.headers.get("Content-Length", "")
            total = int(length) if length.isdecimal() else None
            count = 0
            with _progress(total) as advance:
                while chunk := response.read(_CHUNK):
                    count += len(chunk)
                    advance(len(chunk))
                    yield chunk
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        status = f"{error.code} " if isinstance(error, urllib.error.HTTPError) else ""
        raise DownloadError(
            "A file that is not in the cache is fetched from its URL.",
            received=f"{origin}: {status}{reason or type(error).__name__}",
            hint=f"again with a connection to that address, or put the file at {target}",
        ) from error
    if total is not None and count != total:
        raise CorruptDownloadError(
            "A download is as long as the server said.",
            received=f"{count} of {total} bytes from {origin}",
            hint="get_file again",
        )


@contextlib.contextmanager
def _progress(total: int | None) -> Iterator[Callable[[int], None]]:
    """A function to call with the number of bytes that came; it draws a bar if somebody can see it."""
    # Costs more to import than all the rest here.
    from rich import console, progress

    screen = console.Console()
    if not (config.is_interactive_logging_enabled() and (screen.is_terminal or screen.is_jupyter)):
        yield lambda count: None
        return
    columns = (
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=screen) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)


def _tell(text: str) -> None:
    if config.is_interactive_logging_enabled():
        sys.stdout.write(f"{text}\n")
    else:
        logging.getLogger("multikeras").info(text)
