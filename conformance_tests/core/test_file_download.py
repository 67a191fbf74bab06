import concurrent.futures
import hashlib
import http.server
import inspect
import pathlib
import socket
import threading

import pytest

from multikeras import config
from multikeras.errors import ArgumentError, CorruptDownloadError, DownloadError
from multikeras.utils import get_file

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


class Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT under several kinds of trouble, and counts the requests."""

    requests = 0

    def do_GET(self):
        type(self).requests += 1
        match self.path.partition("?")[0].rpartition("/")[2]:
            case "missing.bin":
                self.send_error(404)
            case "moved.bin":
                self.send_response(302)
                self.send_header("Location", "/data.bin")
                self.end_headers()
            case "short.bin":
                self.answer(CONTENT[:1000], len(CONTENT))
            case "tampered.bin":
                self.answer(b"x" + CONTENT[1:], len(CONTENT))
            case "unknown_length.bin":
                self.answer(CONTENT, None)
            case "nonsense.bin":
                self.wfile.write(b"this is not HTTP\r\n\r\n")
            case _:
                self.answer(CONTENT, len(CONTENT))

    def answer(self, content, length):
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture
def url():
    Server.requests = 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_get_file_has_the_parameters_of_keras():
    assert [(name, p.default) for name, p in inspect.signature(get_file).parameters.items()] == [
        ("fname", None),
        ("origin", None),
        ("untar", False),
        ("md5_hash", None),
        ("file_hash", None),
        ("cache_subdir", "datasets"),
        ("hash_algorithm", "auto"),
        ("extract", False),
        ("archive_format", "auto"),
        ("cache_dir", None),
        ("force_download", False),
    ]


@pytest.mark.parametrize("name", ["data.bin", "moved.bin", "unknown_length.bin"])
def test_get_file_brings_the_bytes_of_the_server(url, tmp_path, name):
    path = get_file(origin=f"{url}/{name}?version=3", cache_dir=tmp_path)
    assert path == str(tmp_path / "datasets" / name)
    assert pathlib.Path(path).read_bytes() == CONTENT
    assert files_in(tmp_path) == [f"datasets/{name}"]


def test_get_file_reads_a_file_url(tmp_path):
    (tmp_path / "source file.bin").write_bytes(CONTENT)
    path = get_file("here.bin", (tmp_path / "source file.bin").as_uri(), cache_dir=tmp_path, cache_subdir="")
    assert path == str(tmp_path / "here.bin")
    assert pathlib.Path(path).read_bytes() == CONTENT


def test_get_file_asks_the_server_once(url, tmp_path):
    for _ in range(3):
        get_file(origin=f"{url}/data.bin", cache_dir=tmp_path, file_hash=SHA256)
    assert Server.requests == 1


def test_get_file_asks_again_when_forced(url, tmp_path):
    for _ in range(3):
        get_file(origin=f"{url}/data.bin", cache_dir=tmp_path, force_download=True)
    assert Server.requests == 3


def test_get_file_keeps_files_under_keras_home(url, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    assert get_file(origin=f"{url}/data.bin") == str(tmp_path / "home" / "datasets" / "data.bin")


def test_get_file_takes_an_absolute_cache_subdir(url, tmp_path):
    path = get_file(origin=f"{url}/data.bin", cache_dir=tmp_path / "a", cache_subdir=tmp_path / "b")
    assert path == str(tmp_path / "b" / "data.bin")


def test_get_file_goes_elsewhere_when_the_cache_cannot_be_written(url, tmp_path, monkeypatch):
    (tmp_path / "a_file").write_text("not a folder")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "elsewhere"))
    with pytest.warns(UserWarning, match=r"a_file.* cannot be written to"):
        path = get_file(origin=f"{url}/data.bin", cache_dir=tmp_path / "a_file")
    assert path == str(tmp_path / "elsewhere" / ".keras" / "datasets" / "data.bin")


@pytest.mark.parametrize(
    "hashes",
    [
        {"file_hash": SHA256},
        {"file_hash": SHA256.upper()},
        {"file_hash": MD5},
        {"md5_hash": MD5},
        {"file_hash": SHA256, "hash_algorithm": "sha256"},
        {"file_hash": MD5, "hash_algorithm": "md5"},
    ],
)
def test_get_file_checks_the_hash(url, tmp_path, hashes):
    assert pathlib.Path(get_file(origin=f"{url}/data.bin", cache_dir=tmp_path, **hashes)).read_bytes() == CONTENT
    with pytest.raises(CorruptDownloadError, match="hash"):
        get_file(origin=f"{url}/tampered.bin", cache_dir=tmp_path, **hashes)
    assert files_in(tmp_path) == ["datasets/data.bin"]


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("missing.bin", DownloadError, "404 Not Found"),
        ("short.bin", CorruptDownloadError, "1000 of 256000 bytes"),
        ("nonsense.bin", DownloadError, "nonsense.bin: "),
    ],
)
def test_get_file_leaves_nothing_of_a_failed_download(url, tmp_path, name, error, text):
    with pytest.raises(error, match=text):
        get_file(origin=f"{url}/{name}", cache_dir=tmp_path)
    assert files_in(tmp_path) == []


def test_get_file_out_of_reach_says_what_to_do(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        with pytest.raises(DownloadError, match=r"put the file at .*data\.bin"):
            get_file(origin=f"http://127.0.0.1:{taken.getsockname()[1]}/data.bin", cache_dir=tmp_path)


def test_get_file_interrupted_leaves_nothing(url, tmp_path, monkeypatch):
    def interrupt(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(pathlib.Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        get_file(origin=f"{url}/data.bin", cache_dir=tmp_path)
    assert files_in(tmp_path) == []


def test_get_file_replaces_a_cached_file_with_the_wrong_hash(url, tmp_path, capsys):
    cached = pathlib.Path(get_file(origin=f"{url}/data.bin", cache_dir=tmp_path))
    cached.write_bytes(b"cut off")
    get_file(origin=f"{url}/data.bin", cache_dir=tmp_path, file_hash=SHA256)
    assert cached.read_bytes() == CONTENT
    assert "incomplete or outdated" in capsys.readouterr().out


def test_get_file_keeps_the_cached_file_when_its_replacement_fails(url, tmp_path):
    cached = tmp_path / "datasets" / "missing.bin"
    cached.parent.mkdir()
    cached.write_bytes(b"old")
    with pytest.raises(DownloadError):
        get_file(origin=f"{url}/missing.bin", cache_dir=tmp_path, force_download=True)
    assert cached.read_bytes() == b"old"


def test_get_file_in_several_threads_gives_each_the_whole_file(url, tmp_path):
    def fetch(_):
        return pathlib.Path(get_file(origin=f"{url}/data.bin", cache_dir=tmp_path)).read_bytes()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(fetch, range(16))) == {CONTENT}
    assert files_in(tmp_path) == ["datasets/data.bin"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "origin=None"),
        ({"origin": "ftp://127.0.0.1/data.bin"}, "ftp://"),
        ({"origin": "/etc/hostname"}, "begins with https:"),
        ({"origin": "http://127.0.0.1/"}, "plain name"),
        ({"origin": "http://127.0.0.1/.."}, "plain name"),
        ({"origin": "http://127.0.0.1/a", "fname": "../a"}, "plain name"),
        ({"origin": "http://127.0.0.1/a", "file_hash": "abc"}, "file_hash='abc'"),
        ({"origin": "http://127.0.0.1/a", "file_hash": MD5, "hash_algorithm": "sha256"}, "64 hexadecimal"),
        ({"origin": "http://127.0.0.1/a", "file_hash": MD5, "hash_algorithm": "sha1"}, "sha1"),
    ],
)
def test_get_file_refuses_bad_arguments_before_it_does_anything(tmp_path, arguments, text):
    with pytest.raises(ArgumentError, match=text):
        get_file(cache_dir=tmp_path / "cache", **arguments)
    assert not list(tmp_path.iterdir())


def test_get_file_is_silent_without_interactive_logging(url, tmp_path, capsys, caplog):
    config.disable_interactive_logging()
    try:
        with caplog.at_level("INFO", logger="multikeras"):
            get_file(origin=f"{url}/data.bin", cache_dir=tmp_path)
    finally:
        config.enable_interactive_logging()
    assert capsys.readouterr().out == ""
    assert f"Downloading data from {url}/data.bin" in caplog.text
