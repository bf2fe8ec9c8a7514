"""The cache never changes a number: same, grown, changed, torn, damaged and old files."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from logan import caching
from logan.caching import groups, states, summarize_cached
from logan.caching.entries import Entries
from logan.caching.store import DAMAGE, Store
from logan.columns import Columns
from logan.exceptions import SourceError
from logan.files import LogFile
from logan.reading import threads
from logan.reading.blocks import Block, finished_part
from logan.selection import Selection
from logan.summarizing import summarize
from logan.summary import Summary
from logan.worker import Worker
from tests.builders import HEADER, http_log, http_row, write

ROWS = [http_row(uri=f"/{n}", time=f"08:{n:02}:00") for n in range(50)]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first byte of each stretch that was read."""
    starts: list[int] = []
    read = threads.segments

    def segments(block: Block, *others: Any, **options: Any) -> Any:
        starts.extend(piece.start for piece in block.pieces)
        return read(block, *others, **options)

    monkeypatch.setattr(threads, "segments", segments)
    return starts


@pytest.fixture(params=["large", "small"], autouse=True)
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether the files of a test have sums of their own, as large ones have, or are in groups only."""
    if request.param == "large":
        monkeypatch.setattr(groups, "_SMALL", 0)
    return str(request.param)


def cached(source: Path, folder: Path, remarks: list[str] | None = None) -> Summary:
    return summarize_cached(source, str(folder), remark=(remarks if remarks is not None else []).append)[""]


def test_a_finished_file_is_not_read_twice(tmp_path: Path, reads: list[int]) -> None:
    log = write(tmp_path, "logs/u_ex1.log", http_log(*ROWS))
    first, second = cached(log, tmp_path / "c"), cached(log, tmp_path / "c")
    assert reads == [0]
    assert first == second == summarize(log)


def test_a_growing_file_goes_on_where_it_stopped(tmp_path: Path, reads: list[int], size: str) -> None:
    text = http_log(*ROWS)
    log = write(tmp_path, "u_ex1.log", text)
    cached(log, tmp_path / "c")
    write(
        tmp_path, "u_ex1.log", text + http_row(uri="/new") + "#Fields: date time sc-status\n2026-11-16 09:00:00 500\n"
    )
    once, twice = cached(log, tmp_path / "c"), cached(log, tmp_path / "c")
    assert reads == [0, len(text) if size == "large" else 0]
    assert once == twice == summarize(log)


def test_a_line_that_is_still_being_written_is_not_counted_twice(tmp_path: Path) -> None:
    text, row = http_log(*ROWS), http_row(uri="/torn")
    for end in range(0, len(row) + 1, 7):
        log = write(tmp_path, "u_ex1.log", text + row[:end])
        assert cached(log, tmp_path / "c") == summarize(log), end
    write(tmp_path, "u_ex1.log", text + row)
    assert cached(log, tmp_path / "c") == summarize(log)


@pytest.mark.parametrize(
    "change",
    [lambda text: text.replace("/7 ", "/x "), lambda text: text[: len(text) // 2], lambda text: http_log(*ROWS[::-1])],
    ids=["a byte in the tail", "truncated", "written anew"],
)
def test_a_changed_file_is_read_anew(tmp_path: Path, change: Callable[[str], str]) -> None:
    text = http_log(*ROWS[:10])
    log = write(tmp_path, "u_ex1.log", text)
    cached(log, tmp_path / "c")
    write(tmp_path, "u_ex1.log", change(text))
    os.utime(log, ns=(1, 1))
    assert cached(log, tmp_path / "c") == summarize(log)


def test_a_header_that_goes_back_is_seen_where_a_file_has_grown(tmp_path: Path) -> None:
    """The day that it is compared with stands before the place where reading stopped."""
    log = write(tmp_path, "u_ex261116.log", http_log(*ROWS).replace("#Date: 2026-11-16", "#Date: 2026-11-17"))
    cached(log, tmp_path / "c")
    log.write_text(log.read_text() + http_log(*ROWS[:2]))
    summary = cached(log, tmp_path / "c")
    assert summary == summarize(log)
    assert [found[2:] for found in summary.backwards] == [("2026-11-17 00:00:00", "2026-11-16 00:00:00")]


@pytest.mark.parametrize(
    ("name", "first", "more"),
    [
        # what is finished is blank, and only what is not tells that this is a log
        ("x.txt", "\n\n  \n" + (HEADER + "#Fields: time sc-status\n").replace("\n", "\r") + "01:00:00 200\r", ""),
        (
            "x.txt",
            "\n\n" + (HEADER + "#Fields: date time sc-status\n2026-11-16 01:00:00 200\n").replace("\n", "\r"),
            "",
        ),
        ("x.txt", '\n\n10.0.0.1 - - [16/Nov/2026:09:00:00 +0200] "GET /a HTTP/1.1" 200 5\r', ""),
        # there is not enough to tell which log it is
        ("u_ex100101.log", "\n10.0.", '0.1 - - [16/Nov/2026:09:00:00 +0200] "GET /a HTTP/1.1" 200 5\n'),
        ("u_ex100101.log", "# mine\n10.0.", '0.1 - - [16/Nov/2026:09:00:00 +0200] "GET /a HTTP/1.1" 200 5'),
        ("u_ex100101.log", HEADER, "#Fields: date time sc-status\n2026-11-16 01:00:00 200\n"),
    ],
)
def test_a_file_that_does_not_say_at_once_what_it_is(tmp_path: Path, name: str, first: str, more: str) -> None:
    log = write(tmp_path, f"logs/{name}", first)
    for text in (first, first + more):
        log.write_text(text, newline="")
        for _ in range(2):
            assert cached(tmp_path / "logs", tmp_path / "c") == summarize(tmp_path / "logs")
    assert summarize(tmp_path / "logs").lines.rows == 1


def test_rows_without_a_date_are_read_whole(tmp_path: Path) -> None:
    log = write(tmp_path, "ex1.log", HEADER + "#Fields: time sc-status\n23:59:00 200\n")
    cached(log, tmp_path / "c")
    with log.open("a") as stream:
        stream.write("00:01:00 200\n")
    assert cached(log, tmp_path / "c") == summarize(log)
    assert finished_part(LogFile(str(log))) is None


@pytest.mark.parametrize(
    "damage", [b"", b"rubbish", gzip.compress(b'{"version": "0"}', mtime=0), gzip.compress(b"[]", mtime=0)]
)
def test_a_damaged_or_old_entry_is_thrown_away_with_a_remark(tmp_path: Path, damage: bytes) -> None:
    log = write(tmp_path, "u_ex1.log", http_log(*ROWS))
    cached(log, tmp_path / "c")
    [entry] = (tmp_path / "c").iterdir()
    entry.write_bytes(damage)
    remarks: list[str] = []
    assert cached(log, tmp_path / "c", remarks) == summarize(log)
    assert len(remarks) == 1 and "thrown away" in remarks[0]


def test_weeks_and_selections_have_entries_of_their_own(tmp_path: Path) -> None:
    log = write(tmp_path, "u_ex1.log", http_log(*ROWS, http_row(date="2026-11-23", status="404 0 2")))
    weekly = summarize_cached(log, str(tmp_path / "c"), selection=Selection(week_zone="UTC"))
    assert sorted(weekly) == ["", "2026-W47", "2026-W48"]
    only = summarize_cached(log, str(tmp_path / "c"), selection=Selection(statuses=("404",)))[""]
    assert (only.hits, only.lines.filtered) == (1, 50)
    assert weekly["2026-W48"].hits == 1


def test_archives_are_kept_too(tmp_path: Path, reads: list[int]) -> None:
    log = write(tmp_path, "u_ex1.log.gz", gzip.compress(http_log(*ROWS).encode()))
    once, twice = cached(log, tmp_path / "c"), cached(log, tmp_path / "c")
    assert len(reads) == 1
    assert once == twice == summarize(log)


def test_a_weekly_report_reads_only_what_is_new(tmp_path: Path, reads: list[int]) -> None:
    from logan.cli.report import report

    log = write(tmp_path, "u_ex1.log", http_log(*ROWS, http_row(date="2026-11-22", status="404 0 2")))
    for _ in range(2):
        report([str(log)], str(tmp_path / "week.html"), cache=str(tmp_path / "c"), lang="en", quiet=True)
    assert reads == [0]
    page = (tmp_path / "week.html").read_text(encoding="utf-8")
    (tmp_path / "week.html").unlink()
    report([str(log)], str(tmp_path / "week.html"), lang="en", quiet=True)
    assert (tmp_path / "week.html").read_text(encoding="utf-8") == page


def test_an_interrupt_while_work_is_given_out_ends_what_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a hundred thousand files that takes seconds, and the first of them can be long."""
    told: list[bool] = []

    class Interrupted(ThreadPoolExecutor):
        given = 0

        def submit(self, *arguments: Any, **options: Any) -> Any:
            Interrupted.given += 1
            if Interrupted.given == 2:
                raise KeyboardInterrupt
            return super().submit(*arguments, **options)

    def take(self: Worker, work: Sequence[Block], *, stop: threading.Event) -> None:
        told.append(stop.wait(5))

    monkeypatch.setattr(groups, "_SMALL", 0)
    monkeypatch.setattr(caching, "ThreadPoolExecutor", Interrupted)
    monkeypatch.setattr(Worker, "take", take)
    for n in range(5):
        write(tmp_path, f"logs/u_ex26110{n}.log", http_log(*ROWS))
    with pytest.raises(KeyboardInterrupt):
        summarize_cached(tmp_path / "logs", str(tmp_path / "cache"), workers=1)
    assert all(told)
    assert list((tmp_path / "cache").iterdir()) == []


def aged(path: Path, hours: float = 2) -> Path:
    """A file that was last written some hours ago."""
    os.utime(path, ns=(at := path.stat().st_mtime_ns - int(hours * 3.6e12), at))
    return path


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files whose own sums were loaded."""
    names: list[str] = []
    original = Entries._load

    def load(self: Entries, log: LogFile) -> Any:
        names.append(os.path.basename(log.path))
        return original(self, log)

    monkeypatch.setattr(Entries, "_load", load)
    return names


def many(tmp_path: Path) -> list[Path]:
    return [aged(write(tmp_path, f"logs/u_ex{n}.log", http_log(*ROWS[n : n + 9]))) for n in range(5)]


def test_files_that_lie_still_are_loaded_as_one(tmp_path: Path, loaded: list[str], reads: list[int]) -> None:
    many(tmp_path)
    plain, first = summarize(tmp_path / "logs"), cached(tmp_path / "logs", tmp_path / "c")
    loaded.clear()
    reads.clear()
    assert cached(tmp_path / "logs", tmp_path / "c") == first == plain
    assert (loaded, reads) == ([], [])


def test_a_file_written_just_now_joins_the_others_when_it_was_the_same_twice(
    tmp_path: Path, loaded: list[str], reads: list[int], size: str
) -> None:
    many(tmp_path)
    cached(tmp_path / "logs", tmp_path / "c")
    write(tmp_path, "logs/u_ex9.log", http_log(*ROWS[:3]))
    plain = summarize(tmp_path / "logs")
    for expected in ([0], [], []):
        reads.clear()
        assert cached(tmp_path / "logs", tmp_path / "c") == plain
        assert reads == expected
    assert [loaded.count(name) for name in ("u_ex9.log", "u_ex1.log")] == ([2, 1] if size == "large" else [0, 0])


def test_of_young_files_the_one_that_grows_does_not_keep_the_others_young(
    tmp_path: Path, reads: list[int], size: str
) -> None:
    text = http_log(*ROWS[:3])
    for name in ("u_ex1.log", "u_ex2.log"):
        write(tmp_path, f"logs/{name}", text)
    for end, expected in ((0, [0, 0]), (1, [0, 0]), (2, [0]), (3, [0])):
        write(tmp_path, "logs/u_ex2.log", text + "".join(ROWS[3 : 3 + end]))
        plain = summarize(tmp_path / "logs")
        reads.clear()
        assert cached(tmp_path / "logs", tmp_path / "c") == plain
        if size == "small":
            assert reads == expected


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = many(tmp_path)
    monkeypatch.setattr(groups, "_SMALL", 1 << 20)
    original = LogFile.open
    opened: list[str] = []

    def torn(self: LogFile) -> Any:
        opened.append(self.path)
        if self.path == str(files[2]) and opened.count(self.path) == 2:  # the first look is at its head
            raise PermissionError(13, "locked")
        return original(self)

    with monkeypatch.context() as patch:
        patch.setattr(LogFile, "open", torn)
        assert cached(tmp_path / "logs", tmp_path / "c").skipped
    assert cached(tmp_path / "logs", tmp_path / "c") == summarize(tmp_path / "logs")


def test_what_is_no_log_keeps_no_group_from_being_kept(tmp_path: Path, loaded: list[str], reads: list[int]) -> None:
    many(tmp_path)
    aged(write(tmp_path, "logs/u_ex7.log", "\0\1 no log"))
    aged(write(tmp_path, "logs/other.ibl", "x"))
    plain, _ = summarize(tmp_path / "logs"), cached(tmp_path / "logs", tmp_path / "c")
    reads.clear()
    assert cached(tmp_path / "logs", tmp_path / "c") == plain
    assert len(reads) <= 2


@pytest.mark.parametrize("change", ["grown", "replaced", "gone", "damaged", "of-another-version"])
def test_one_that_is_another_undoes_the_group_and_nothing_is_counted_twice(
    change: str, tmp_path: Path, loaded: list[str]
) -> None:
    files, remarks = many(tmp_path), list[str]()
    cached(tmp_path / "logs", tmp_path / "c")
    singles = set()
    for path in files:
        store = Store(str(tmp_path / "c"), Selection(), remarks.append)
        singles.add(store._path(store.name(LogFile(str(path), "plain", path.stat().st_size))))
    (group,) = [path for path in (tmp_path / "c").iterdir() if str(path) not in singles]
    if change == "grown":
        aged(write(tmp_path, "logs/u_ex2.log", http_log(*ROWS[2:11], *ROWS[20:30])))
    elif change == "replaced":
        aged(write(tmp_path, "logs/u_ex2.log", http_log(*ROWS[30:39])))
    elif change == "gone":
        files[2].unlink()
    elif change == "damaged":
        group.write_bytes(group.read_bytes()[:200])
    else:
        group.write_bytes(gzip.compress(b'{"version": "older"}'))
    for _ in range(2):
        loaded.clear()
        assert cached(tmp_path / "logs", tmp_path / "c", remarks) == summarize(tmp_path / "logs")
    assert not loaded, "the group was not made anew"
    assert len(remarks) == (change in ("damaged", "of-another-version"))


def test_part_of_a_folder_is_not_the_folder(tmp_path: Path) -> None:
    files = many(tmp_path)
    cached(tmp_path / "logs", tmp_path / "c")
    assert summarize_cached(files[:2], str(tmp_path / "c"))[""] == summarize(files[:2])
    assert cached(tmp_path / "logs", tmp_path / "c") == summarize(tmp_path / "logs")


def test_a_large_file_or_an_archive_that_could_not_be_read_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows would be missing for good if what was read of it were kept."""
    plain = write(tmp_path, "logs/u_ex1.log", http_log(*ROWS))
    packed = write(tmp_path, "logs/u_ex2.log.gz", gzip.compress(http_log(*ROWS).encode()))
    write(tmp_path, "logs/u_ex3.log", http_log(ROWS[0]))
    original, opened = LogFile.open, dict[str, int]()

    def locked(self: LogFile) -> Any:
        opened[self.path] = opened.get(self.path, 0) + 1
        if self.path == str(packed) or (self.path == str(plain) and opened[self.path] > 1):
            raise PermissionError(13, "locked")
        return original(self)

    monkeypatch.setattr(LogFile, "open", locked)
    assert cached(tmp_path / "logs", tmp_path / "c").skipped
    monkeypatch.setattr(LogFile, "open", original)
    for _ in range(2):
        assert cached(tmp_path / "logs", tmp_path / "c") == summarize(tmp_path / "logs")


def test_a_file_that_is_locked_once_it_has_been_read_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its head and tail cannot be hashed then: it is not kept, and no error ends the run."""
    for name, data in {
        "u_ex1.log": http_log(*ROWS).encode(),
        "u_ex2.log.gz": gzip.compress(http_log(*ROWS).encode()),
    }.items():
        write(tmp_path, f"logs/{name}", data)

    def locked(log: LogFile, stop: int) -> tuple[str, str]:
        raise PermissionError(13, "locked")

    monkeypatch.setattr(states, "_samples", locked)
    assert cached(tmp_path / "logs", tmp_path / "c") == summarize(tmp_path / "logs")


def test_the_site_is_that_of_the_path_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = write(tmp_path, "W3SVC1/u_ex1.log", http_log(*ROWS, "torn\n"))
    monkeypatch.chdir(log.parent)
    for source in (Path("u_ex1.log"), log, Path("u_ex1.log")):
        assert cached(source, tmp_path / "c") == summarize(source)


def test_a_change_that_leaves_the_size_and_both_ends_is_seen_by_the_time(tmp_path: Path) -> None:
    text = http_log(*[http_row(uri=f"/{n:04}") for n in range(500)])
    log = write(tmp_path, "u_ex1.log", text)
    cached(log, tmp_path / "c")
    write(tmp_path, "u_ex1.log", text.replace("/0250", "/zzzz"))
    os.utime(log, ns=(5, 5))
    assert cached(log, tmp_path / "c") == summarize(log)


def test_saved_summaries_are_added_up_with_what_is_cached(tmp_path: Path) -> None:
    log = write(tmp_path, "u_ex1.log", http_log(*ROWS))
    saved = tmp_path / "week.logan"
    summarize(log).save(str(saved))
    for source in ([saved], [saved, log]):
        assert summarize_cached(source, str(tmp_path / "c"))[""] == summarize(source)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be set here")
def test_the_local_zone_is_known_by_what_it_is(tmp_path: Path) -> None:
    log = write(tmp_path, "u_ex1.log", http_log(http_row(date="2026-11-15", time="23:30:00")))
    code = "import sys; from logan.caching import *\nprint([w for w in summarize_cached(sys.argv[1], sys.argv[2], selection=Selection(week_zone='local')) if w])"
    found = []
    for zone in ("UTC", "Asia/Shanghai", "UTC"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(log), str(tmp_path / "c")],
            env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.append(done.stdout.strip())
    assert found == ["['2026-W46']", "['2026-W47']", "['2026-W46']"]


def test_rows_that_take_the_place_of_preallocated_nuls_are_read(tmp_path: Path) -> None:
    """The size stays, and the time may."""
    rows = http_log(*ROWS)
    log = write(tmp_path, "u_ex1.log", rows.ljust(60_000, "\0"))
    os.utime(log, ns=(5, 5))
    cached(log, tmp_path / "c")
    write(tmp_path, "u_ex1.log", (rows + "".join(ROWS)).ljust(60_000, "\0"))
    os.utime(log, ns=(5, 5))
    assert cached(log, tmp_path / "c") == summarize(log)


def test_a_file_of_the_cache_stands_for_one_thing_only(tmp_path: Path) -> None:
    log, remarks = write(tmp_path, "u_ex1.log", http_log(*ROWS, http_row(status="404 0 2"))), list[str]()
    chosen = Selection(statuses=("404",))
    cached(log, tmp_path / "c")
    (mine,) = (tmp_path / "c").iterdir()
    summarize_cached(log, str(tmp_path / "c"), selection=chosen)
    (other,) = set((tmp_path / "c").iterdir()) - {mine}
    mine.write_bytes(other.read_bytes())
    assert cached(log, tmp_path / "c", remarks) == summarize(log)
    assert len(remarks) == 1 and "another" in remarks[0]


@pytest.mark.parametrize(
    "change", [{"files": "x"}, {"bytes": None}, {"rejects": [[1, 2, 3, 4]]}, {"skipped": [[1, 2]]}]
)
def test_an_entry_of_the_wrong_types_is_thrown_away(tmp_path: Path, change: dict[str, Any]) -> None:
    columns = Columns.of(summarize(write(tmp_path, "u_ex1.log", http_log(*ROWS))))
    head, _, rest = columns.to_bytes().partition(b"\n")
    plain = json.loads(head)
    assert set(change) <= set(plain["head"])
    plain["head"].update(change)
    with pytest.raises(DAMAGE):
        Columns.from_bytes(json.dumps(plain).encode() + b"\n" + rest)


@pytest.mark.parametrize(
    "change",
    [
        *({"state": [200, 1, "", "", stop]} for stop in ("x", None, 1.5, 2**70, -1, [])),
        *({"state": state} for state in (None, [], "state", {}, [1, 1, 1, 1, 1])),
        *({"line": line} for line in ("x", None, -1, [], True)),
        {"day": 7},
        *({"layout": layout} for layout in (0, "", [], {}, "w3c", 1)),
        *({"format": format_} for format_ in ("x", 1, [], None)),
        *({"fields": fields} for fields in ("x", "", [None], [1], [[]], {})),
        *({name: value} for name in ("service", "site") for value in (True, -1, [], {})),
        *({name: value} for name in ("quoted", "local", "certain") for value in ([], None, 1)),
        {"members": []},
        {"members": [["x", [1, 1, 1, 1, 1]]]},
        {"weeks": {}},
    ],
    ids=repr,
)
def test_a_head_of_the_wrong_types_is_thrown_away(tmp_path: Path, change: dict[str, Any]) -> None:
    log, remarks = write(tmp_path, "logs/u_ex261116.log", http_log(*ROWS) + "2026-"), list[str]()
    for _ in range(2):  # so that there is a group, too
        cached(tmp_path / "logs", tmp_path / "c")
    for path in (tmp_path / "c").iterdir():
        head, _, rest = gzip.decompress(path.read_bytes()).partition(b"\n")
        plain = json.loads(head)
        ((name, value),) = change.items()
        if name in plain:
            plain[name] = value
        elif plain.get("layout"):
            plain["layout"][name] = value
        path.write_bytes(gzip.compress(json.dumps(plain).encode() + b"\n" + rest))
    log.write_text(log.read_text() + "torn\n" + ROWS[0])
    assert cached(tmp_path / "logs", tmp_path / "c", remarks) == summarize(tmp_path / "logs")


def test_a_file_that_was_left_out_is_told_once(tmp_path: Path) -> None:
    write(tmp_path, "logs/b.zip", b"nozip")
    source = [tmp_path / "logs" / "b.zip", tmp_path / "logs"]
    said = []
    for way in (summarize, lambda paths: summarize_cached(paths, str(tmp_path / "c"))):
        with pytest.raises(SourceError) as caught:
            way(source)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_an_entry_that_expands_without_end_is_thrown_away(tmp_path: Path) -> None:
    log, remarks = write(tmp_path, "u_ex1.log", http_log(*ROWS)), list[str]()
    cached(log, tmp_path / "c")
    (entry,) = (tmp_path / "c").iterdir()
    with gzip.open(entry, "wb", compresslevel=1) as stream:
        for _ in range(80):
            stream.write(bytes(1 << 20))
    assert cached(log, tmp_path / "c", remarks) == summarize(log)
    assert remarks


def test_a_cache_within_the_folder_of_logs_is_not_in_the_way(tmp_path: Path, reads: list[int]) -> None:
    write(tmp_path, "logs/u_ex1.log", http_log(*ROWS))
    for _ in range(3):
        found = cached(tmp_path / "logs", tmp_path / "logs" / "kept")
        assert found == summarize(tmp_path / "logs") and not found.skipped
    assert len(reads) <= 4  # three of them without a cache
