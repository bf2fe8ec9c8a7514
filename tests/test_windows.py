"""Windows, as far as it can be told from here: calls, paths, code pages, start methods."""

from __future__ import annotations

import ast
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path, PureWindowsPath

import pytest

from logan.files import LogFile
from logan.finding import find_files, hints
from logan.reading.blocks import blocks
from logan.selection import Selection
from logan.summarizing import summarize, summarize_blocks
from tests.builders import http_log, http_row, write
from tests.faults.running import environment

PACKAGE = Path(__file__).resolve().parents[1] / "logan"
SAMPLES = PACKAGE.parent / "samples"

#: Modules and attributes that Windows has not.
MODULES = {"fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "posix", "syslog", "readline", "curses"}
ATTRIBUTES = {
    "os": {"fork", "forkpty", "getuid", "geteuid", "getgid", "setuid", "seteuid", "setsid", "mkfifo", "mknod", "chown", "lchown", "chroot", "killpg",
           "getpgid", "setpgid", "nice", "sysconf", "uname", "wait", "wait3", "wait4", "O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "sched_getaffinity",
           "statvfs", "posix_fadvise", "pread", "sendfile", "getloadavg", "openpty", "ttyname", "sync", "fdatasync", "fchmod", "fchown"},
    "signal": {"SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGQUIT", "SIGCHLD", "alarm", "setitimer", "pause", "pthread_kill"},
    "time": {"tzset", "clock_gettime", "CLOCK_MONOTONIC"},
    "select": {"poll", "epoll"},
    "mmap": {"MAP_SHARED", "PROT_READ"},
}  # fmt: skip
KEYWORDS = {"preexec_fn", "start_new_session", "pass_fds", "dir_fd", "follow_symlinks"}
#: strftime directives that the C library of Windows does not know.
DIRECTIVES = ("%-", "%e", "%s", "%P", "%k", "%l")


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_call_that_windows_has_not(path: Path) -> None:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [f"{node.lineno}: {name.name}" for name in node.names if name.name.partition(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom):
            banned = ATTRIBUTES.get(node.module or "", set())
            found += [f"{node.lineno}: {node.module}" for _ in [0] if node.module in MODULES]
            found += [f"{node.lineno}: {name.name}" for name in node.names if name.name in banned]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found += (
                [f"{node.lineno}: {node.value.id}.{node.attr}"]
                if node.attr in ATTRIBUTES.get(node.value.id, ())
                else []
            )
        elif isinstance(node, ast.Call):
            found += [f"{node.lineno}: {word.arg}" for word in node.keywords if word.arg in KEYWORDS]
            found += _text_without_encoding(node)
            found += _directives(node)
    assert not found


def _text_without_encoding(node: ast.Call) -> list[str]:
    """open() and its like in text mode take the code page of the machine if no encoding is named."""
    name = (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )
    words = {word.arg for word in node.keywords}
    if (
        name in ("read_text", "write_text")
        and "encoding" not in words
        and len(node.args) < (1 if name == "read_text" else 2)
    ):
        return [f"{node.lineno}: {name} without encoding"]
    if isinstance(node.func, ast.Name) and name == "open" and "encoding" not in words:
        mode = node.args[1] if len(node.args) > 1 else None
        if not (isinstance(mode, ast.Constant) and "b" in str(mode.value)):
            return [f"{node.lineno}: open in text mode without encoding"]
    return []


def _directives(node: ast.Call) -> list[str]:
    if (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "strftime"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ):
        text = str(node.args[0].value)
        return [f"{node.lineno}: strftime {text}"] * any(mark in text for mark in DIRECTIVES)
    return []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"C:\inetpub\logs\LogFiles\W3SVC1\u_ex261116.log", ("http", "W3SVC1")),
        (r"c:/INETPUB/logs\logfiles\w3svc12\U_EX261116.LOG", ("http", "W3SVC12")),
        (r"\\?\C:\logs\FTPSVC2\u_ex261116.log", ("ftp", "FTPSVC2")),
        (r"\\server\d$\logs\HTTPERR\httperr12.log", ("httperr", None)),
        (r"D:W3SVC3\u_ex261116.log", (None, None)),
        (r"W3SVC3\sub folder\u_ex261116.log", ("http", "W3SVC3")),
    ],
)
def test_paths_of_windows(path: str, expected: tuple[str | None, str | None]) -> None:
    assert hints(path) == expected
    assert hints(str(PureWindowsPath(path))) == expected
    assert hints(PureWindowsPath(path).as_posix()) == expected
    assert LogFile(path).looks_like_log


def test_a_drive_letter_is_no_url() -> None:
    from logan.exceptions import SourceError

    for path in (r"C:\logs\none.log", "C:/logs/none.log", "c:none.log", r"\\server\share\none.log"):
        with pytest.raises(SourceError, match="no such file"):
            find_files(path)


def test_globs_with_backslashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "W3SVC1/u_ex261116.log", http_log(http_row()))
    monkeypatch.chdir(tmp_path)
    assert summarize("W3SVC1\\u_ex261116.log").hits == 1
    for pattern in ("W3SVC1\\*.log", "*\\u_ex*.log", "**\\*.log"):
        assert summarize(pattern).hits == 1, pattern


@pytest.mark.parametrize("page", ["cp437", "gbk", "cp1252", "cp850", "cp932"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_output_in_the_code_page_of_a_console(tmp_path: Path, page: str, lang: str) -> None:
    """Never UnicodeEncodeError: what the console cannot show comes as an escape."""
    row = http_row(status="500 0 0", uri="/größe/产品/مرحبا/𝄞", user="Ωmega", referer="http://例え.jp/") * 5
    log = write(tmp_path, "u_ex261116.log", http_log(row))
    code = (
        "from logan.cli import _run, main\nimport sys\n"
        "for stream in (sys.stdout, sys.stderr): stream.reconfigure(errors='backslashreplace')\n"
        "codes = [_run(arguments.split('|')) for arguments in sys.argv[1:]]\nassert codes == [0] * len(codes), codes"
    )
    arguments = [f"summarize|{log}|--lang|{lang}", f"summarize|{log}|--lang|{lang}|--format|json", f"summarize|{log}|--lang|{lang}|--format|csv",
                 f"explain|500|--lang|{lang}", f"explain|--search|größe 密码|--lang|{lang}"]  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments[:4]],
        capture_output=True,
        env=environment(PYTHONIOENCODING=page),
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode(page, "replace")
    run.stdout.decode(page)


def test_the_command_itself_in_a_code_page() -> None:
    command = [sys.executable, "-m", "logan", "summarize", str(SAMPLES / "W3SVC2"), "--lang", "zh", "--quiet"]
    run = subprocess.run(
        command, capture_output=True, env=environment(PYTHONIOENCODING="cp437", PYTHONUTF8="0"), check=False
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert "\\u" in run.stdout.decode("cp437")


@pytest.mark.slow
def test_processes_that_are_spawned(tmp_path: Path) -> None:
    """As Windows starts them: blocks and selections are sent, and the numbers are the same."""
    for n in range(3):
        write(tmp_path, f"W3SVC{n}/u_ex261116.log", http_log(*(http_row(uri=f"/{k}") for k in range(20))))
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        spawned = summarize(tmp_path, map=pool.map)
        work = list(blocks(find_files(tmp_path).files))
        parts = list(pool.map(partial(summarize_blocks, selection=Selection(statuses=("404",))), [work]))
    assert spawned == summarize(tmp_path)
    assert parts[0][""].lines.filtered == 60


def test_a_log_that_iis_has_open_can_be_read_and_written_on(tmp_path: Path) -> None:
    """Logs are opened for reading alone and never locked or mapped; on Windows Python's open shares reading and writing."""
    path = write(tmp_path, "u_ex261116.log", http_log(http_row()))
    with open(path, "ab") as writer:
        assert summarize(path).hits == 1
        writer.write(http_row().encode())
        writer.flush()
        assert summarize(path).hits == 2
    for source in sources():
        text = source.read_text(encoding="utf-8")
        assert "import mmap" not in text and "memory_map=True" not in text, source
    assert os.path.exists(path)
