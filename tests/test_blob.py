"""Logs behind a URL: the same numbers as from disk, from memory and from a real blob endpoint."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import secrets
import shutil
import socket
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from logan.caching import summarize_cached
from logan.exceptions import BadLineError, SourceError
from logan.finding import _address, find_files
from logan.reader import LogWarning, read
from logan.reports import report
from logan.summarizing import summarize
from logan.summary import Summary
from tests.builders import http_log, http_row

fsspec = pytest.importorskip("fsspec")
ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
FOLDERS = ("W3SVC1", "FTPSVC2", "HTTPERR")


def plain(summary: Summary) -> dict[str, Any]:
    """Everything that is said, but for where it was read."""
    told = summary.to_dict()
    told["sources"] = {"files": told["sources"]["files"], "bytes": told["sources"]["bytes"]}
    for example in told["lines"]["rejected_examples"]:
        example["path"] = Path(example["path"]).name
    return told


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Samples of all services, one file of each packed."""
    folder = tmp_path_factory.mktemp("logs")
    for name in FOLDERS:
        shutil.copytree(SAMPLES / name, folder / name)
        path = sorted((folder / name).iterdir())[0]
        if path.suffix != ".gz":
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    return folder


def upload(disk: Path, system: Any, root: str) -> None:
    for path in sorted(disk.rglob("*")):
        if path.is_file():
            system.pipe_file(f"{root}/{path.relative_to(disk).as_posix()}", path.read_bytes())


@pytest.fixture
def memory(disk: Path) -> Iterator[str]:
    system = fsspec.filesystem("memory")
    upload(disk, system, "/logs")
    yield "memory://logs"
    system.rm("/logs", recursive=True)


def test_memory_gives_the_same_numbers(disk: Path, memory: str) -> None:
    expected = plain(summarize(disk))
    assert plain(summarize(memory)) == expected
    assert plain(summarize(memory + "/")) == expected
    assert plain(summarize(memory, workers=1)) == expected
    assert plain(summarize(memory, map=map)) == expected


def test_a_file_a_glob_and_the_sites_of_folders(disk: Path, memory: str) -> None:
    name = sorted(path.name for path in (disk / "W3SVC1").iterdir())[-1]
    assert plain(summarize(f"{memory}/W3SVC1/{name}")) == plain(summarize(disk / "W3SVC1" / name))
    assert plain(summarize(f"{memory}/FTPSVC2/*")) == plain(summarize(disk / "FTPSVC2"))
    assert {log.site for log in find_files(memory).files} == {"W3SVC1", "FTPSVC2", None}
    assert [log.name for log in find_files(memory).files] == [
        f"{memory}/{Path(log.name).relative_to(disk).as_posix()}" for log in find_files(disk).files
    ]


def test_read_gives_the_same_rows(disk: Path, memory: str) -> None:
    columns = ["timestamp", "cs_uri_stem", "sc_status"]
    there, here = (
        read(source)[columns].sort_values(columns, ignore_index=True)
        for source in (f"{memory}/W3SVC1", disk / "W3SVC1")
    )
    assert there.equals(here)


def test_every_member_of_an_archive_is_read(disk: Path) -> None:
    system, packed = fsspec.filesystem("memory"), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((disk / "W3SVC1").rglob("*.log")):
            archive.write(path, path.relative_to(disk).as_posix())
            archive.write(path, "MSFTPSVC1/" + path.name)
    system.pipe_file("/zipped/logs.zip", packed.getvalue())
    system.pipe_file("/broken/logs.zip", packed.getvalue()[:5000])
    logs = find_files("memory://zipped").files
    assert {log.site for log in logs} == {"W3SVC1", "MSFTPSVC1"}
    with zipfile.ZipFile(packed) as archive:
        assert len(logs) == len(archive.namelist())
    assert summarize("memory://zipped").files == len(logs)
    with pytest.raises(SourceError, match="damaged"):
        summarize("memory://broken")
    system.rm("/zipped", recursive=True)
    system.rm("/broken", recursive=True)


def test_a_packed_file_behind_a_signature_is_unpacked() -> None:
    """An address ends in its query, and the name of the file comes before it."""
    system, packed, log = fsspec.filesystem("memory"), io.BytesIO(), http_log(http_row(), http_row()).encode()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("W3SVC1/u_ex1.log", log)
        archive.writestr("W3SVC1/u_ex2.log", log)
    system.pipe_file("/signed/u_ex1.log.gz?sv=2024&sig=geheim", gzip.compress(log))
    system.pipe_file("/signed/old.ZIP?sv=2024&sig=geheim", packed.getvalue())
    try:
        summary = summarize("memory://signed")
    finally:
        system.rm("/signed", recursive=True)
    assert (summary.files, summary.hits, summary.skipped) == (3, 6, ())


@pytest.mark.parametrize(
    ("url", "path", "name", "address"),
    [
        ("sftp://anna:geheim@web01/", "/", "/a.log", "sftp://anna:geheim@web01/a.log"),
        ("sftp://anna:geheim@web01", "", "/W3SVC1/a.log", "sftp://anna:geheim@web01/W3SVC1/a.log"),
        ("sftp://anna:geheim@web01/*.log", "/*.log", "/a.log", "sftp://anna:geheim@web01/a.log"),
        ("sftp://anna:geheim@web01/logs/", "/logs", "/logs/a.log", "sftp://anna:geheim@web01/logs/a.log"),
        ("ftp://web01:2121/", "/", "/a.log", "ftp://web01:2121/a.log"),
        ("file:///", "/", "/a.log", "file:///a.log"),
        ("memory://", "", "/a.log", "memory://a.log"),
        ("memory://logs", "/logs", "/logs/a.log", "memory://logs/a.log"),
        ("s3://bucket", "bucket", "bucket/a.log", "s3://bucket/a.log"),
    ],
)
def test_an_address_keeps_its_host_and_account(url: str, path: str, name: str, address: str) -> None:
    assert _address(url, path, name) == address


@pytest.mark.parametrize("url", ["memory://nothing", "memory://logs/x*.log", "nosuch://x/y", "abfs://no-account/x"])
def test_what_is_not_there_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AZURE_STORAGE_")]:
        monkeypatch.delenv(name)
    with pytest.raises(SourceError, match=url.split("*")[0]):
        summarize(url)


@pytest.fixture
def server() -> Iterator[str]:
    """A web server that answers with the status that it is asked for, ``/403.log``, or with a log."""
    pytest.importorskip("aiohttp")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/").split(".")[0]
            body = http_log(http_row()).encode() if name == "u_ex261116" else b""
            self.send_response(int(name) if name.isdigit() else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if self.command == "GET" else b"")

        do_HEAD = do_GET

        def log_message(self, *args: object) -> None:
            """Keep silent."""

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()
    thread.join()


@pytest.mark.parametrize("name", ["u_ex261116.log", "*.log"])
@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_a_host_that_does_not_answer_is_not_called_a_missing_file(scheme: str, name: str) -> None:
    pytest.importorskip("aiohttp")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(SourceError) as raised:
            summarize(f"{scheme}://anna:geheim@{address}/{name}?sig=geheim")
    assert str(raised.value).startswith(f"http://***@{address}/{name}?***: cannot be listed: ")
    assert "no such file" not in str(raised.value) and "geheim" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "words"), [(404, "there is no such file"), (403, "cannot be listed"), (500, "cannot be listed")]
)
def test_what_a_web_server_refuses_is_told_apart_from_what_is_not_there(server: str, status: int, words: str) -> None:
    with pytest.raises(SourceError, match=words) as raised:
        summarize(f"http://{server}/{status}.log?sig=geheim")
    assert words != "cannot be listed" or str(status) in str(raised.value).replace(server, "")
    assert "geheim" not in str(raised.value) and str(raised.value).count("\n") == 0


def test_a_scheme_in_capitals_is_one(server: str) -> None:
    assert summarize(f"HTTP://{server}/u_ex261116.log").hits == 1


@pytest.mark.parametrize("call", [summarize, read, find_files])
@pytest.mark.parametrize("url", ["https://anna:geheim@web01/u_ex1.log", "https://web01/*.log?sig=geheim&se=2027"])
def test_a_url_that_was_made_a_path_keeps_its_secrets(call: Callable[[Path], object], url: str) -> None:
    with pytest.raises(SourceError, match=r"Give a URL as text with two slashes") as raised:
        call(Path(url))
    assert "web01" in str(raised.value) and "geheim" not in str(raised.value) and "anna" not in str(raised.value)


def test_a_blob_that_breaks_off_is_skipped_and_named(disk: Path, memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SDKs raise their own errors, which are no OSError."""

    class ServiceError(Exception):
        pass

    memory_file = fsspec.implementations.memory.MemoryFile
    whole = memory_file.readinto

    def readinto(self: Any, buffer: Any) -> int:
        if self.path.endswith(f"W3SVC1/{victim}"):
            raise ServiceError("the server is busy")
        return whole(self, buffer)

    victim = sorted(path.name for path in (disk / "W3SVC1").iterdir())[-1]
    monkeypatch.setattr(memory_file, "readinto", readinto, raising=False)
    summary = summarize(memory)
    assert summary.skipped == ((f"{memory}/W3SVC1/{victim}", "ServiceError: the server is busy"),)
    assert summary.files == summarize(disk).files - 1


def test_what_opens_an_address_is_used_and_never_shown(tmp_path: Path) -> None:
    """Not in an answer, an error, a report, a saved summary, rejected lines, a cache, or what a scheduler logs."""
    system = fsspec.filesystem("memory")
    root = "memory://anna:geheim@account/logs"
    system.pipe_file(
        f"{root}/u_ex1.log?sig=geheim", http_log(http_row(), http_row(status="500 0 0"), "torn\n").encode()
    )
    system.pipe_file(f"{root}/notes.txt", b"buy milk\n")
    system.pipe_file(f"{root}/u_ex2.zip", b"PK no archive")
    saved, rejected = tmp_path / "w.logan", []
    try:
        summary = summarize_cached(root, str(tmp_path / "cache"))[""]
        summarize(root, rejects=rejected.extend)
        with pytest.warns(LogWarning) as warned:
            assert len(read(root)) == 2
        with pytest.raises(BadLineError) as bad:
            summarize(root, on_bad_lines="error")
        files = find_files([root, f"{root}/u_ex1.log?sig=geheim"]).files
    finally:
        system.rm("memory://anna:geheim@account", recursive=True)
    with pytest.raises(SourceError) as gone:
        summarize(f"{root}/u_ex1.log?sig=geheim")
    with pytest.raises(SourceError) as unsaved:
        summarize(f"{root}/week.logan")
    summary.save(str(saved))
    report(summary, tmp_path / "w.html")
    told = [
        *(json.dumps(summary.to_dict()), str(bad.value), str(gone.value), str(unsaved.value), repr(files)),
        *(str(warning.message) for warning in warned),
        *(line.path for line in rejected),
        gzip.decompress(saved.read_bytes()).decode(),
        (tmp_path / "w.html").read_text("utf-8"),
        *(gzip.decompress(path.read_bytes()).decode() for path in (tmp_path / "cache").iterdir()),
    ]
    assert summary.hits == 2 and len(summary.skipped) == 2 and rejected
    assert [text for text in told if "geheim" in text or "anna" in text] == []
    assert rejected[0].path == "memory://***@account/logs/u_ex1.log?***"
    assert len(files) == 2  # that two addresses look alike does not make them one


# --- a real endpoint --------------------------------------------------------------------------------------------------


def azurite() -> str | None:
    """Microsoft's emulator of blob storage (`npm install azurite`): on the path, or in node_modules here."""
    path = os.pathsep.join([os.environ.get("PATH", ""), str(ROOT / "node_modules" / ".bin")])
    return shutil.which("azurite-blob", path=path)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def blob(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a container on loopback that holds the logs; its credentials are in the environment."""
    adlfs = pytest.importorskip("adlfs", reason="adlfs is not installed: pip install adlfs")
    program = azurite()
    if program is None:
        pytest.skip("Azurite is not installed: npm install azurite")
    port, key = free_port(), base64.b64encode(secrets.token_bytes(64)).decode()
    command = [
        program,
        "--silent",
        "--location",
        str(tmp_path),
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        str(port),
        "--skipApiVersionCheck",
    ]
    server = subprocess.Popen(command, env={**os.environ, "AZURITE_ACCOUNTS": f"logs:{key}"})
    monkeypatch.setenv(
        "AZURE_STORAGE_CONNECTION_STRING",
        f"DefaultEndpointsProtocol=http;AccountName=logs;AccountKey={key};BlobEndpoint=http://127.0.0.1:{port}/logs;",
    )
    adlfs.AzureBlobFileSystem.clear_instance_cache()
    try:
        wait_for(port, server)
        system = fsspec.filesystem("abfs")
        system.mkdir("weblogs")
        upload(disk, system, "weblogs/site")
        yield "abfs://weblogs/site"
    finally:
        server.terminate()
        server.wait(30)
        adlfs.AzureBlobFileSystem.clear_instance_cache()


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("Azurite did not start")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_blob_storage_gives_the_same_numbers(disk: Path, blob: str) -> None:
    expected = plain(summarize(disk))
    assert plain(summarize(blob)) == expected
    assert plain(summarize(blob, workers=1)) == expected
    assert plain(summarize(f"{blob}/W3SVC1/*")) == plain(summarize(disk / "W3SVC1"))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:  # addresses travel, credentials do not
        assert plain(summarize(blob, map=processes.map)) == expected
    with pytest.raises(SourceError, match="nothing/here"):
        summarize("abfs://weblogs/nothing/here")
    with pytest.raises(SourceError, match="no-such-container"):
        summarize("abfs://no-such-container/x")
