"""Unpacks tar and zip archives that may come from anywhere: nothing is written outside the folder asked for."""

from __future__ import annotations

import contextlib
import dataclasses
import lzma
import os
import pathlib
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import IO, Literal

from multikeras.errors import ArgumentError, FileFormatError

# What a damaged archive makes the standard library raise; gzip and bz2 raise OSError, a password is a RuntimeError.
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)

Place = tuple[str, ...]
"""Where something lies: the names from the folder of the archive downwards."""


@dataclasses.dataclass(frozen=True)
class _Entry:
    name: str
    place: Place
    kind: Literal["folder", "file", "copy", "link"]
    open: Callable[[], IO[bytes] | None] = lambda: None
    mode: int = 0o644
    original: Place = ()
    """Of a copy: where the file lies that it is a copy of."""
    target: str = ""
    """Of a link: what it points to, from where it lies."""


def extract_archive(path: str | os.PathLike, folder: str | os.PathLike, formats: str | Sequence[str] | None) -> bool:
    """Whether `path` is an archive of one of the formats; if so, `folder` then holds what was in it.

    What `folder` already holds stays, except for files that the archive has too. All is unpacked beside `folder` first,
    so that a damaged or hostile archive changes nothing.

    Args:
        path: The archive.
        folder: Where to unpack it; made if it is missing.
        formats: `"tar"` (plain or compressed by gzip, bzip2 or xz), `"zip"`, a list of them, `"auto"` for both, or
            `None`.

    Raises:
        FileFormatError: The archive is damaged, or a file or a link of it leads out of the folder.
        ArgumentError: There is no such format.
    """
    path, folder = pathlib.Path(path), pathlib.Path(folder)
    for name in _format_names(formats):
        is_match, opened = _FORMATS[name]
        if is_match(path):
            with opened(path) as entries:
                _unpack(path, entries, folder)
            return True
    return False


def _format_names(formats: str | Sequence[str] | None) -> Sequence[str]:
    names = list(_FORMATS) if formats == "auto" else [formats] if isinstance(formats, str) else formats or ()
    for name in names:
        if name not in _FORMATS:
            raise ArgumentError(
                "An archive format is 'auto', 'tar', 'zip', a list of the last two, or None.",
                received=f"archive_format={formats!r}",
                hint="archive_format='auto'",
            )
    return names


@contextlib.contextmanager
def _opened_tar(path: pathlib.Path) -> Iterator[list[_Entry]]:
    with _damage_explained(path):
        archive = tarfile.open(path)  # noqa: SIM115 - closed below
    with archive:
        with _damage_explained(path):
            members = archive.getmembers()
        yield [_of_tar(path, archive, member) for member in members]


def _of_tar(path: pathlib.Path, archive: tarfile.TarFile, member: tarfile.TarInfo) -> _Entry:
    place = _place_of(path, member.name)
    if member.isdir():
        return _Entry(member.name, place, "folder")
    if member.isreg():
        return _Entry(member.name, place, "file", open=lambda: archive.extractfile(member), mode=member.mode)
    if member.issym():
        return _Entry(member.name, place, "link", target=member.linkname)
    if member.islnk():
        return _Entry(member.name, place, "copy", original=_place_of(path, member.linkname))
    raise _refusal(path, member.name, "a device or a pipe")


@contextlib.contextmanager
def _opened_zip(path: pathlib.Path) -> Iterator[list[_Entry]]:
    with _damage_explained(path):
        archive = zipfile.ZipFile(path)
    with archive:
        yield [_of_zip(path, archive, member) for member in archive.infolist()]


def _of_zip(path: pathlib.Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> _Entry:
    kind = "folder" if member.is_dir() else "file"
    return _Entry(member.filename, _place_of(path, member.filename), kind, open=lambda: archive.open(member))


_Opened = Callable[[pathlib.Path], AbstractContextManager[list[_Entry]]]
_FORMATS: dict[str, tuple[Callable[[pathlib.Path], bool], _Opened]] = {
    "tar": (tarfile.is_tarfile, _opened_tar),
    "zip": (zipfile.is_zipfile, _opened_zip),
}


def _unpack(path: pathlib.Path, entries: list[_Entry], folder: pathlib.Path) -> None:
    links = {entry.place for entry in entries if entry.kind == "link"}
    for entry in entries:
        _check_links(path, entry, lambda place: place in links or folder.joinpath(*place).is_symlink())
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as staging:
        # Made anew, since a temporary folder is closed to other users.
        content = pathlib.Path(staging, "content")
        content.mkdir()
        # Links last, so that nothing can be written through one.
        for entry in sorted(entries, key=lambda entry: entry.kind == "link"):
            try:
                _write(path, entry, content)
            except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
                raise _refusal(path, entry.name, "two things in one place") from error
        if os.path.lexists(folder):
            _merge(content, folder)
        else:
            content.rename(folder)


def _check_links(path: pathlib.Path, entry: _Entry, is_link: Callable[[Place], bool]) -> None:
    """Refuse a link out of the folder, and every path through a link, since its text does not tell where it leads."""
    above = entry.place if entry.kind == "folder" else entry.place[:-1]
    if any(is_link(above[:end]) for end in range(1, len(above) + 1)):
        raise _refusal(path, entry.name, "a path through a link")
    if entry.kind == "link":
        _place_of(path, entry.target, above, is_link)


def _place_of(
    path: pathlib.Path, name: str, start: Place = (), is_link: Callable[[Place], bool] = lambda place: False
) -> Place:
    """Where `name` leads from `start`, if that is inside of the folder and on the way there is no link."""
    if os.sep != "/":
        name = name.replace(os.sep, "/")
    if name.startswith("/") or os.path.splitdrive(name)[0]:
        raise _refusal(path, name, "an absolute path")
    here = list(start)
    for part in name.split("/"):
        if part in ("", "."):
            continue
        if here and is_link(tuple(here)):
            raise _refusal(path, name, "a path through a link")
        if part != "..":
            here.append(part)
        elif here:
            here.pop()
        else:
            raise _refusal(path, name, "a path out of the folder")
    return tuple(here)


def _write(path: pathlib.Path, entry: _Entry, content: pathlib.Path) -> None:
    target = content.joinpath(*entry.place)
    (target if entry.kind == "folder" else target.parent).mkdir(parents=True, exist_ok=True)
    if entry.kind == "link":
        target.symlink_to(entry.target)
    elif entry.kind == "copy":
        original = content.joinpath(*entry.original)
        if not original.is_file():
            raise _refusal(path, entry.name, "a hard link to no file before it")
        shutil.copy(original, target)
    elif entry.kind == "file":
        with target.open("wb") as file:
            for chunk in _chunks(path, entry):
                file.write(chunk)
        # Readable and writable by the owner, and nothing that gives others more than that.
        target.chmod(0o600 | entry.mode & 0o755)


def _chunks(path: pathlib.Path, entry: _Entry) -> Iterator[bytes]:
    with _damage_explained(path):
        source = entry.open()
        if source is None:
            raise EOFError(f"{entry.name!r} has no content")
        with source:
            while chunk := source.read(1 << 20):
                yield chunk


def _merge(content: pathlib.Path, folder: pathlib.Path) -> None:
    for item in content.iterdir():
        target = folder / item.name
        if item.is_dir() and not item.is_symlink() and target.is_dir():
            _merge(item, target)
        else:
            item.replace(target)


@contextlib.contextmanager
def _damage_explained(path: pathlib.Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise FileFormatError(
            "An archive can be read to its end.",
            received=f"{path}: {error}",
            hint="get_file(..., force_download=True)",
        ) from error


def _refusal(path: pathlib.Path, name: str, what: str) -> FileFormatError:
    return FileFormatError(
        "Everything in an archive lies, and points, inside of the folder that it is unpacked into.",
        received=f"{name!r} in {path}: {what}",
        hint="an archive from a source that you trust",
    )
