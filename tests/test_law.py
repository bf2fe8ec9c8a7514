"""The law: however logs are cut into files, blocks, chunks and orders, the sum of the summaries is the summary."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan import summarizing, worker
from logan.columns import Columns
from logan.reading import blocks, memory
from logan.saving import to_json
from logan.summarizing import summarize, summarize_weeks
from logan.summary import Summary, total

FIELDS = (
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(Referer) "
    "sc-status sc-substatus sc-win32-status time-taken",
    "date time c-ip cs-method cs-uri-stem sc-status sc-win32-status sc-bytes cs-bytes time-taken",
    "time c-ip cs-method cs-uri-stem sc-status",  # no dates: each row hangs on all rows above it
)
FTP_FIELDS = "date time c-ip cs-username s-port cs-method cs-uri-stem sc-status sc-win32-status sc-substatus x-session"

clocks = st.builds("{:02}:{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 14, 15, 59]), st.integers(0, 59))
days = st.sampled_from(["2026-11-15", "2026-11-16", "2026-12-31", "2027-01-01"])
uris = st.sampled_from(["/", "/a.aspx", "/b?c", "/größe", "/_blazor", '/"', "/#x", "-"])
clients = st.sampled_from(["10.0.0.1", "10.0.0.2", "2001:db8::1", "-"])
statuses = st.sampled_from(
    [("200", "0", "0"), ("404", "0", "2"), ("401", "1", "1326"), ("401", "2", "5"), ("500", "100", "0"), ("200", "0", "64"),
     ("-", "-", "-"), ("101", "0", "0"), ("x", "0", "0"), ("99999999999", "0", "0")]
)  # fmt: skip
MOST = str(2**63 - 1)  # a log may claim any number
taken = st.sampled_from(
    ["0", "63", "64", "700", "65535", "65536", "90000", "700000", "4000000000", MOST, "-5", f"-{MOST}", "-", "1x"]
)
referers = st.sampled_from(["-", "https://example.org/x", "http://EXAMPLE.org", "nonsense"])
queries = st.sampled_from(["-", "a=1", "|12|ASP_0177|Invalid_class_string", "|-|800a000d|Type_mismatch"])
users = st.sampled_from(["-", "CORP\\ann", "bob"])
verbs = st.sampled_from(["GET", "get", "POST", "FOO", "-"])


@st.composite
def http_rows(draw: Callable[[Any], Any]) -> tuple[int, str]:
    """Which of the field lists, and a row for it."""
    layout = draw(st.integers(0, 2))
    clock, client, verb, uri = draw(clocks), draw(clients), draw(verbs), draw(uris)
    status, substatus, win32 = draw(statuses)
    time = draw(taken)
    if layout == 0:
        values = [draw(days), clock, "10.0.0.9", verb, uri, draw(queries), "443", draw(users), client, draw(referers)]
        return 0, " ".join([*values, status, substatus, win32, time])
    if layout == 1:
        sent, received = draw(st.sampled_from([("100", "2"), ("3000000000", "-"), (MOST, f"-{MOST}")]))
        return 1, " ".join([draw(days), clock, client, verb, uri, status, win32, sent, received, time])
    return 2, " ".join([clock, client, verb, uri, status])


@st.composite
def http_logs(draw: Callable[[Any], Any]) -> bytes:
    """A log with headers wherever the field list changes, now and then a blank, torn or cut-short line."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    lines: list[str] = []
    current = None
    for layout, row in draw(st.lists(http_rows(), min_size=1, max_size=30)):
        if layout != current or draw(st.integers(0, 9)) == 0:
            lines += ["#Date: 2026-11-15 23:00:00", f"#Fields: {FIELDS[layout]}"]
            current = layout
        lines.append(row)
        spoil = draw(st.sampled_from(["", "", "", "", "", "", "blank", "torn", "long", "nul", "hash"]))
        if spoil:
            lines.append(
                {"blank": "", "torn": row[: len(row) // 2], "long": f"{row} {row}", "nul": f"{row}\0", "hash": "#x"}[
                    spoil
                ]
            )
    return (end.join(lines) + draw(st.sampled_from(["", end]))).encode()


@st.composite
def ftp_logs(draw: Callable[[Any], Any]) -> bytes:
    """Logons and transfers."""
    lines = [f"#Fields: {FTP_FIELDS}"]
    for _ in range(draw(st.integers(1, 12))):
        head = f"{draw(days)} {draw(clocks)} {draw(clients)}"
        lines += draw(st.sampled_from([
            [f"{head} - 21 USER bob 331 0 0 s1", f"{head} - 21 PASS secret 530 1326 41 s1"],
            [f"{head} bob 21 PASS *** 230 0 0 s1", f"{head} bob 50000 RETR a.txt 226 0 0 s1"],
            [f"{head} bob 21 [7]PASS pass word 530 0 42 s1", f"{head} - 21 ControlChannelClosed - - 64 0 s1"],
        ]))  # fmt: skip
    return "\r\n".join(lines).encode()


def canonical(summary: Summary) -> Any:
    """A summary without the order of its rows and the paths of its examples, which hang on where the files are."""
    plain = to_json(dataclasses.replace(summary, rejects=(), skipped=(), backwards=(), files=0, bytes=0))
    counts = {name: sorted(map(repr, zip(*table["columns"], strict=True))) for name, table in plain["counts"].items()}
    groups = {
        name: sorted(
            (repr(key), sorted(zip(map(repr, labels), hits, strict=True))) for key, labels, hits in table["rows"]
        )
        for name, table in plain["groups"].items()
    }
    return plain["lines"], counts, groups, sorted(map(repr, plain["distinct"]))


def write(folder: Path, texts: dict[str, bytes]) -> Path:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    return folder


small = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@small
@given(logs=st.lists(http_logs(), min_size=1, max_size=4), ftp=st.lists(ftp_logs(), max_size=2), data=st.data())
def test_parts_add_up(tmp_path_factory: pytest.TempPathFactory, logs: list[bytes], ftp: list[bytes], data: Any) -> None:
    root = write(
        tmp_path_factory.mktemp("law"),
        {f"W3SVC{n % 2}/u_ex2611{n:02}.log": log for n, log in enumerate(logs)}
        | {f"FTPSVC1/u_ex2611{n:02}.log": log for n, log in enumerate(ftp)},
    )
    files = sorted(str(path) for path in root.rglob("*.log"))
    whole = canonical(summarize(str(root)))
    order = data.draw(st.permutations(files))
    assert canonical(total(summarize(path) for path in order)) == whole
    cut = data.draw(st.integers(0, len(order)))
    halves = [part for part in (order[:cut], order[cut:]) if part]
    assert canonical(total(summarize(part) for part in halves)) == whole
    if weeks := summarize_weeks(str(root), tz="Asia/Shanghai"):  # without rows there is no week
        assert canonical(total(weeks.values())) == whole
    assert canonical(summarize(str(root), map=map)) == whole


@small
@given(
    logs=st.lists(http_logs(), min_size=1, max_size=3),
    chunk=st.integers(300, 3000),
    part=st.integers(100, 2000),
    workers=st.integers(1, 3),
)
def test_blocks_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, logs: list[bytes], chunk: int, part: int, workers: int
) -> None:
    root = write(tmp_path_factory.mktemp("law"), {f"W3SVC1/u_ex2611{n:02}.log": log for n, log in enumerate(logs)})
    whole = summarize(str(root))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "CHUNK", chunk)
        patch.setattr(blocks, "PART", part)
        patch.setattr(blocks.blocks, "__kwdefaults__", {"part": part, "cut": True})
        patch.setattr(summarizing, "FEW_BYTES", 0)  # threads for these few lines too
        assert canonical(summarize(str(root), workers=workers)) == canonical(whole)
        mapped = summarize(str(root), map=map)
        assert canonical(mapped) == canonical(whole)
        assert mapped.rejects == whole.rejects  # each line is named by the same number


@small
@given(log=http_logs(), other=http_logs())
def test_addition_is_commutative(tmp_path_factory: pytest.TempPathFactory, log: bytes, other: bytes) -> None:
    root = write(tmp_path_factory.mktemp("law"), {"W3SVC1/u_ex261101.log": log, "W3SVC1/u_ex261102.log": other})
    one, two = (summarize(str(path)) for path in sorted(root.rglob("*.log")))
    assert canonical(one + two) == canonical(two + one)
    assert canonical(one + Summary()) == canonical(one)


def test_a_frame_of_the_events_shows_no_cut() -> None:
    """Their order is that of the whole key, not that in which they came."""
    weeks = [("2026-11-09", "2026-11-16"), ("2026-11-16", "2026-11-23")]
    one, two = (summarize("samples", since=since, until=until) for since, until in weeks)
    whole = summarize("samples", since=weeks[0][0], until=weeks[1][1]).to_frame()
    assert len(whole) > 3000
    assert (one + two).to_frame().equals(whole) and (two + one).to_frame().equals(whole)


@pytest.mark.parametrize("workers", [1, 2])
def test_any_number_of_bytes_is_added_up_exactly(tmp_path: Path, workers: int) -> None:
    """More than 64 bits hold, from the second batch on; small numbers before and behind are not lost beside them."""
    numbers = [100, 2**63 - 1, 7, -(2**62), 2**63 - 1, 2**63 - 1, 3]
    for n, number in enumerate(numbers):
        row = f"2026-11-{15 + n} 10:00:00 10.0.0.1 GET /a 200 0 {number} {-number} {number}"
        write(tmp_path, {f"u_ex2611{n:02}.log": f"#Fields: {FIELDS[1]}\n{row}\n".encode()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "ROWS", 1)
        patch.setattr(summarizing, "FEW_BYTES", 0)
        summary = summarize(str(tmp_path), workers=workers)
    assert (summary.events.total("bytes_sent"), summary.events.total("bytes_received")) == (sum(numbers), -sum(numbers))
    assert summary.uris.rows["http", None, "/a"] == (7, 0, sum(numbers), 7, sum(numbers))
    assert summary.clients.rows["http", None, "10.0.0.1"] == (7, 0, sum(numbers))
    assert summary.uri_weeks.total("taken") == sum(numbers)
    assert Columns.from_bytes(Columns.of(summary).to_bytes()).summary() == summary


def test_rows_of_many_batches(tmp_path: Path) -> None:
    """More distinct URLs, clients and statuses than the dense tables hold, in several batches."""
    rows = [
        f"2026-11-{1 + n % 27:02} 10:00:{n % 60:02} 10.0.{n % 251}.{n % 241} GET /p{n % 5003} {200 + n % 350} 0 10 20 {n * 7919 % 100_000}"
        for n in range(60_000)
    ]
    head = f"#Fields: {FIELDS[1]}"
    write(tmp_path, {"W3SVC1/u_ex261101.log": "\n".join([head, *rows]).encode()})
    thirds = {f"W3SVC1/u_ex26110{n}.log": "\n".join([head, *rows[n::3]]).encode() for n in range(3)}
    parts = write(tmp_path / "parts", thirds)
    whole = summarize(str(tmp_path / "W3SVC1"))
    assert whole.hits == 60_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "CHUNK", 100_000)
        assert canonical(summarize(str(parts / "W3SVC1")))[1:] == canonical(whole)[1:]
