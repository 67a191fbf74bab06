import io
import os
import pathlib
import tarfile
import zipfile
from typing import Any

import pytest

from multikeras.errors import ArgumentError, FileFormatError
from multikeras.utils import get_file

FILES = {"a.txt": b"first", "folder/b.txt": b"second", "folder/deep/c.bin": bytes(100_000)}


def tar_file(path, members, mode: Any = "w"):
    """A tar archive of (name, content or how to change its TarInfo) pairs."""
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                for key, value in content.items():
                    setattr(info, key, value)
                archive.addfile(info)
    return path


def zip_file(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def symlink(target):
    return {"type": tarfile.SYMTYPE, "linkname": target}


def hard_link(target):
    return {"type": tarfile.LNKTYPE, "linkname": target}


def unpack(archive, cache, **arguments):
    return pathlib.Path(
        get_file(origin=archive.as_uri(), cache_dir=cache, extract=True, force_download=True, **arguments)
    )


def content_of(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.bz2", "tar.xz", "zip"])
def test_archive_is_unpacked_whole(tmp_path, kind):
    source = tmp_path / f"data.{kind}"
    if kind == "zip":
        zip_file(source, FILES.items())
    else:
        tar_file(source, FILES.items(), f"w:{kind.partition('.')[2]}")
    assert content_of(unpack(source, tmp_path / "cache")) == FILES


@pytest.mark.parametrize(
    ("fname", "folder", "archive"),
    [
        (None, "data.tar", "data.tar_archive"),
        ("mine", "mine", "mine_archive"),
        ("mine.v2.tar", "mine_extracted", "mine.v2.tar"),
    ],
)
def test_archive_and_its_folder_are_named_as_in_keras(tmp_path, fname, folder, archive):
    source = tar_file(tmp_path / "data.tar", FILES.items())
    cache = tmp_path / "cache" / "datasets"
    assert unpack(source, tmp_path / "cache", fname=fname) == cache / folder
    assert {path.name for path in cache.iterdir()} == {folder, archive}


def test_archive_is_unpacked_by_the_older_argument_too(tmp_path):
    source = tar_file(tmp_path / "data.tar", FILES.items())
    folder = get_file("mine", source.as_uri(), untar=True, cache_dir=tmp_path / "cache")
    assert content_of(pathlib.Path(folder)) == FILES


def test_archive_unpacked_again_restores_its_files_and_keeps_others(tmp_path):
    source = tar_file(tmp_path / "data.tar", FILES.items())
    folder = unpack(source, tmp_path / "cache")
    (folder / "a.txt").unlink()
    (folder / "folder" / "b.txt").write_bytes(b"changed")
    (folder / "folder" / "mine.txt").write_bytes(b"mine")
    assert content_of(unpack(source, tmp_path / "cache")) == {**FILES, "folder/mine.txt": b"mine"}


def test_archive_may_have_folders_links_and_executables(tmp_path):
    source = tar_file(
        tmp_path / "data.tar",
        [
            (".", {"type": tarfile.DIRTYPE, "mode": 0o755}),
            ("empty", {"type": tarfile.DIRTYPE}),
            ("here", symlink("bin/../bin/run")),
            ("bin/run", b"#!/bin/sh"),
            ("bin/up", symlink("../empty")),
            ("bin/same", hard_link("bin/run")),
            ("bin/chain", symlink("./up")),
            ("bin/dangling", symlink("nothing")),
        ],
    )
    with tarfile.open(source, "a") as archive:
        info = tarfile.TarInfo("bin/tool")
        info.mode = 0o7777
        archive.addfile(info)
    for _ in range(2):
        folder = unpack(source, tmp_path / "cache")
        assert (folder / "here").read_bytes() == (folder / "bin" / "same").read_bytes() == b"#!/bin/sh"
        assert (folder / "bin" / "up").readlink() == pathlib.Path("../empty")
        assert (folder / "bin" / "chain").resolve() == (folder / "empty").resolve()
        assert (folder / "bin" / "tool").stat().st_mode & 0o7777 == 0o755


@pytest.mark.parametrize(
    "members",
    [
        [("../evil", b"")],
        [("a/../../evil", b"")],
        [("/evil", b"")],
        [("evil", symlink("/etc/passwd"))],
        [("evil", symlink(".."))],
        [("a/evil", symlink("../../x"))],
        [("evil", hard_link("/etc/passwd"))],
        [("evil", hard_link("../x"))],
        [("evil", hard_link("not_there"))],
        [("evil", {"type": tarfile.FIFOTYPE})],
        [("evil", {"type": tarfile.CHRTYPE})],
        # Written through a link, though each name for itself looks harmless.
        [("inner/x", b""), ("link", symlink("inner")), ("link/evil", b"")],
        [("link/evil", b""), ("link", symlink("inner"))],
        # 'a/b/up' is the folder itself, so 'a/b/up/..' is outside, which its text does not show.
        [("a/b/up", symlink("../..")), ("out", symlink("a/b/up/.."))],
        [("same", b""), ("same/evil", b"")],
        [("same", b""), ("same", symlink("other"))],
    ],
)
def test_hostile_tar_is_refused_and_changes_nothing(tmp_path, members):
    source = tar_file(tmp_path / "data.tar", [("good.txt", b"good"), *members])
    with pytest.raises(FileFormatError, match="inside of the folder"):
        unpack(source, tmp_path / "cache", fname="mine")
    assert {path.name for path in (tmp_path / "cache" / "datasets").iterdir()} == {"mine_archive"}
    assert {path.name for path in tmp_path.iterdir()} == {"cache", "data.tar"}


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil"])
def test_hostile_zip_is_refused_and_changes_nothing(tmp_path, name):
    source = zip_file(tmp_path / "data.zip", [("good.txt", b"good"), (name, b"")])
    with pytest.raises(FileFormatError, match="inside of the folder"):
        unpack(source, tmp_path / "cache", fname="mine")
    assert {path.name for path in (tmp_path / "cache" / "datasets").iterdir()} == {"mine_archive"}


def test_archive_is_not_unpacked_through_a_link_of_an_earlier_one(tmp_path):
    first = tar_file(tmp_path / "first.tar", [("a/b/up", symlink("../.."))])
    second = tar_file(tmp_path / "second.tar", [("out", symlink("a/b/up/.."))])
    third = tar_file(tmp_path / "third.tar", [("a/b/up/evil", b"")])
    unpack(first, tmp_path / "cache", fname="mine")
    for source in (second, third):
        with pytest.raises(FileFormatError, match="through a link"):
            unpack(source, tmp_path / "cache", fname="mine")


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_truncated_tar_is_refused_and_changes_nothing(tmp_path, kind):
    # Several blocks even of bzip2's, so that the beginning can be read.
    source = tar_file(tmp_path / "data", [("a.txt", b"a"), ("b.bin", os.urandom(2_000_000))], f"w:{kind}")
    source.write_bytes(source.read_bytes()[:-50_000])
    with pytest.raises(FileFormatError, match="read to its end"):
        unpack(source, tmp_path / "cache", fname="mine")
    assert {path.name for path in (tmp_path / "cache" / "datasets").iterdir()} == {"mine_archive"}


def test_damaged_zip_is_refused_and_changes_nothing(tmp_path):
    source = zip_file(tmp_path / "data.zip", [("a.txt", b"a"), ("b.bin", os.urandom(200_000))])
    content = bytearray(source.read_bytes())
    content[100_000] ^= 255
    source.write_bytes(content)
    with pytest.raises(FileFormatError, match="read to its end"):
        unpack(source, tmp_path / "cache", fname="mine")
    assert {path.name for path in (tmp_path / "cache" / "datasets").iterdir()} == {"mine_archive"}


@pytest.mark.parametrize("archive_format", [None, [], "tar", ["tar"]])
def test_archive_of_another_format_is_not_unpacked_and_that_is_said(tmp_path, archive_format):
    source = zip_file(tmp_path / "data.zip", FILES.items())
    with pytest.warns(UserWarning, match="was not unpacked"):
        folder = unpack(source, tmp_path / "cache", archive_format=archive_format)
    assert not folder.exists()


@pytest.mark.parametrize("archive_format", ["auto", "zip", ["tar", "zip"], ("zip",)])
def test_archive_of_a_named_format_is_unpacked(tmp_path, archive_format):
    source = zip_file(tmp_path / "data.zip", FILES.items())
    assert content_of(unpack(source, tmp_path / "cache", archive_format=archive_format)) == FILES


def test_unknown_archive_format_is_one_clear_error(tmp_path):
    source = zip_file(tmp_path / "data.zip", FILES.items())
    with pytest.raises(ArgumentError, match="archive_format='rar'"):
        unpack(source, tmp_path / "cache", archive_format="rar")
