"""Write a folder of IIS logs for benchmarks, with the truth about them beside it.

    python benchmarks/generate.py OUT --size 1GB --files 30 --seed 7

HTTP rows go to `OUT/W3SVC1`, FTP rows to `OUT/FTPSVC1`, HTTP.sys errors to `OUT/HTTPERR`; `OUT/truth.json`
says what a correct reader must find. The same arguments give the same bytes. Sizes are met within 2 %.

Each column is drawn as numbers with numpy and turned into text by pyarrow, a block at a time, so a gigabyte
takes seconds and memory does not grow with the size. The field list varies as HTTP.sys varies it: the header
is repeated after restarts, and a share of the sections (`--change-fields`) have another list. `--dirt` spoils
a share of the HTTP lines in seven ways, three of which no reader can save (see `Dirt`).

In truth.json `top_uris`, `distinct_uris` and `time_taken_sum` (milliseconds) are of the HTTP rows; `statuses`
are of all, and their hits add up to `rows`. With `--cardinality unique` every URI has one hit and `top_uris`
is empty.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LAST_DAY = date(2026, 11, 1)  # a Sunday: the newest week of any set is whole
DAY = 86_400
BLOCK_ROWS = 32_768
ROWS_A_RESTART = 25_000  # mean length of a section
HTTPERR_FILE_ROWS = 10_000  # about 1 MB, where HTTP.sys begins the next file
MOST_DAILY_FILES = 400  # more files than this are hourly ones, or they would span decades
LONGEST_MS = 300_000
QUOTE_SHARE = 0.002  # rows whose user agent is a lone quotation mark

# The IIS 10 default, then: more fields, fewer, and the same number in another order.
_LAYOUTS = """
date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer)
 sc-status sc-substatus sc-win32-status time-taken;
date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version
 cs(User-Agent) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken;
date time s-ip cs-method cs-uri-stem cs-uri-query cs-username c-ip cs(User-Agent)
 sc-status sc-substatus sc-win32-status time-taken;
date time c-ip cs-username s-ip s-port cs-method cs-uri-stem cs-uri-query cs(User-Agent) cs(Referer)
 sc-status sc-win32-status sc-substatus time-taken
"""
_FTP = """date time c-ip cs-username s-ip s-port cs-method cs-uri-stem
 sc-status sc-win32-status sc-substatus x-session x-fullpath"""
_HTTPERR = """date time c-ip c-port s-ip s-port cs-version cs-method cs-uri streamid
 sc-status s-siteid s-reason s-queuename"""
LAYOUTS = tuple(tuple(names.split()) for names in _LAYOUTS.split(";"))
FTP_FIELDS, HTTPERR_FIELDS = tuple(_FTP.split()), tuple(_HTTPERR.split())


class Outcome(NamedTuple):
    """What a row says of its request; None where the log does not hold it."""

    status: int | None
    substatus: int | None
    win32_status: int | None
    reason_phrase: str | None = None


# Profile of a URI: how often each answer is given there, as parts of the whole.
PROFILES: dict[str, dict[Outcome, float]] = {
    "page": {
        Outcome(200, 0, 0): 900, Outcome(302, 0, 0): 40, Outcome(304, 0, 0): 20, Outcome(200, 0, 64): 8,
        Outcome(200, 0, 995): 1, Outcome(200, 0, 1236): 1, Outcome(500, 0, 0): 4, Outcome(500, 0, 64): 1,
        Outcome(404, 0, 2): 6, Outcome(400, 0, 0): 1, Outcome(403, 14, 0): 1, Outcome(503, 0, 0): 0.5,
    },
    "static": {
        Outcome(200, 0, 0): 700, Outcome(304, 0, 0): 270, Outcome(206, 0, 0): 10, Outcome(200, 0, 64): 5,
        Outcome(404, 0, 2): 12, Outcome(404, 3, 50): 1,
    },
    "signed-in": {
        Outcome(200, 0, 0): 700, Outcome(401, 2, 5): 150, Outcome(401, 1, 2148074254): 90,
        Outcome(401, 1, 1326): 4, Outcome(403, 0, 5): 2, Outcome(403, 16, 2148204809): 0.3,
        Outcome(200, 0, 64): 6, Outcome(500, 0, 0): 3,
    },
    "api": {
        Outcome(200, 0, 0): 860, Outcome(201, 0, 0): 60, Outcome(204, 0, 0): 40, Outcome(400, 0, 0): 12,
        Outcome(404, 0, 0): 10, Outcome(405, 0, 1): 2, Outcome(413, 1, 0): 0.5, Outcome(500, 0, 0): 9,
        Outcome(502, 3, 12002): 2, Outcome(503, 0, 0): 1, Outcome(200, 0, 64): 3,
    },
    "missing": {
        Outcome(404, 0, 2): 880, Outcome(404, 0, 3): 40, Outcome(404, 7, 0): 30, Outcome(404, 8, 0): 10,
        Outcome(404, 15, 0): 10, Outcome(403, 14, 0): 20, Outcome(404, 0, 64): 5,
    },
    "broken": {
        Outcome(500, 0, 0): 300, Outcome(500, 19, 183): 20, Outcome(500, 100, 0): 60, Outcome(502, 5, 0): 30,
        Outcome(503, 2, 0): 5, Outcome(200, 0, 0): 580, Outcome(500, 0, 64): 5,
    },
}  # fmt: skip
HTTP_OUTCOMES: tuple[Outcome, ...] = tuple(dict.fromkeys(o for profile in PROFILES.values() for o in profile))

# HTTP.sys: reason, weight, status, whether a request had been read, whether it had a site and a queue.
HTTPERR_REASONS: tuple[tuple[str, float, int | None, bool, bool], ...] = (
    ("Timer_ConnectionIdle", 560, None, False, False), ("Connection_Dropped", 60, None, True, True),
    ("Connection_Abandoned_By_ReqQueue", 40, None, True, True),
    ("Timer_MinBytesPerSecond", 30, None, True, True),
    ("Client_Reset", 30, None, True, True), ("Request_Cancelled", 20, None, True, True),
    ("BadRequest", 60, 400, True, False), ("Hostname", 50, 400, True, False), ("URL", 30, 400, True, False),
    ("Verb", 15, 400, True, False), ("NotFound", 40, 404, True, False), ("Forbidden", 10, 403, True, False),
    ("LengthRequired", 5, 411, True, True), ("QueueFull", 15, 503, True, True),
    ("AppOffline", 20, 503, True, True),
    ("N/A", 10, 503, True, True), ("N/I", 5, 501, True, False),
)  # fmt: skip


class Dirt(StrEnum):
    """How a line is spoiled. The first three must be rejected; the others are rows all the same."""

    TORN = "torn"  # cut off before its last field
    MERGED = "merged"  # the beginning of a line, and a whole line right behind it
    NUMBER = "bad-number"  # sc-status, sc-win32-status or time-taken is none
    HASH = "hash"  # the URI holds a '#'
    NUL = "nul"  # NUL bytes in the line, a row once they are stripped
    BYTE = "bad-byte"  # not UTF-8
    SPACE = "double-space"  # before the user name, as Exchange writes it


KINDS_OF_DIRT = tuple(Dirt)
REJECTED = {Dirt.TORN, Dirt.MERGED, Dirt.NUMBER}


@dataclass
class Truth:
    """What a correct reader finds in the folder. All state adds up over blocks."""

    unique: bool = False  # no URI twice: there is nothing to count
    files: int = 0
    bytes: int = 0  # before compression
    directives: int = 0
    rejected: int = 0
    time_taken_sum: int = 0  # milliseconds, HTTP rows
    first: int | None = None  # seconds since 1970, UTC
    last: int | None = None
    services: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    uris: Counter[str] = field(default_factory=Counter)
    dirt: Counter[str] = field(default_factory=Counter)

    def add(self, service: str, outcomes: Sequence[Outcome], ids: Ints, when: Ints) -> None:
        """Count the valid rows of one block: the index of each one's outcome, and its time."""
        if not len(ids):
            return
        self.services[service] += len(ids)
        for index, hits in enumerate(np.bincount(ids).tolist()):
            if hits:
                self.statuses[service, outcomes[index]] += hits
        first, last = int(when[0]), int(when[-1])
        self.first = first if self.first is None else min(first, self.first)
        self.last = last if self.last is None else max(last, self.last)

    def to_dict(self) -> dict[str, Any]:
        """The content of truth.json. `lines` = `rows` + `directives` + `blank` + `rejected`."""
        rows = self.services.total()
        statuses = [{"service": s, **o._asdict(), "hits": n} for (s, o), n in self.statuses.most_common()]
        hit = +self.uris  # a URI seen with dirt only may stand at 0
        top = sorted(hit.items(), key=lambda item: (-item[1], item[0]))[:20]
        return {
            "files": self.files,
            "bytes": self.bytes,
            "lines": rows + self.directives + self.rejected,
            "rows": rows,
            "directives": self.directives,
            "blank": 0,
            "rejected": self.rejected,
            "first": _iso(self.first),
            "last": _iso(self.last),
            "services": {name: hits for name, hits in self.services.items() if hits},
            "statuses": statuses,
            "top_uris": [{"uri_stem": uri, "hits": hits} for uri, hits in top],
            "distinct_uris": self.services["http"] if self.unique else len(hit),
            "time_taken_sum": self.time_taken_sum,
            "dirt": dict(self.dirt),
        }


def _iso(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- words ------------------------------------------------------------------------------------------------


def words(texts: Iterable[object]) -> pa.Array:
    """The texts as a vocabulary that `pick` draws from."""
    return pa.array([str(text).encode() for text in texts], pa.binary())


def pick(vocabulary: pa.Array, ids: NDArray[np.integer[Any]]) -> pa.Array:
    """One word a row."""
    return vocabulary.take(pa.array(ids))


def zipf(count: int, exponent: float = 1.0) -> NDArray[np.int32]:
    """A table in which the number k < count stands about 1/(k+1)**exponent often: draw from it evenly."""
    weights = 1.0 / np.arange(1, count + 1) ** exponent
    repeats = np.maximum(1, np.round(weights / weights.sum() * 2**20)).astype(np.int64)
    return np.repeat(np.arange(count, dtype=np.int32), repeats)


def draw(rng: np.random.Generator, table: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """So many numbers from a table made by `zipf`."""
    return table[rng.integers(0, len(table), count)]


def client_addresses(rng: np.random.Generator, count: int) -> list[str]:
    """So many different addresses, three in a hundred of them IPv6."""
    numbers = rng.choice(2**24, count, replace=False).tolist()
    return [
        f"2001:db8:{n >> 8:x}:{n & 255:x}::{n % 97:x}" if n % 33 == 0
        else f"{20 + n % 180}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
        for n in numbers
    ]  # fmt: skip


def user_agents() -> list[str]:
    """300 user agents as the log holds them, browsers before robots and tools."""
    systems = ("Windows+NT+10.0;+Win64;+x64", "Macintosh;+Intel+Mac+OS+X+10_15_7", "X11;+Linux+x86_64")
    webkit = "AppleWebKit/537.36+(KHTML,+like+Gecko)"
    agents = []
    for version in range(141, 110, -1):
        for system in systems:
            agents.append(f"Mozilla/5.0+({system})+{webkit}+Chrome/{version}.0.0.0+Safari/537.36")
            agents.append(f"Mozilla/5.0+({system};+rv:{version}.0)+Gecko/20100101+Firefox/{version}.0")
        agents.append(f"{agents[-6]}+Edg/{version}.0.{version * 19}.{version % 60}")
        agents.append(f"Mozilla/5.0+(Linux;+Android+10;+K)+{webkit}+Chrome/{version}.0.0.0+Mobile+Safari/537.36")
    agents += [
        f"Mozilla/5.0+(iPhone;+CPU+iPhone+OS+{major}_{minor}+like+Mac+OS+X)+AppleWebKit/605.1.15"
        "+(KHTML,+like+Gecko)"
        f"+Version/{major}.{minor}+Mobile/15E148+Safari/604.1"
        for major in range(18, 14, -1) for minor in range(7)
    ]  # fmt: skip
    agents += [
        "Mozilla/5.0+(compatible;+Googlebot/2.1;++http://www.google.com/bot.html)",
        "Mozilla/5.0+(compatible;+bingbot/2.0;++http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0+(Windows+NT+10.0;+WOW64;+Trident/7.0;+rv:11.0)+like+Gecko",
        "Microsoft+Office/16.0+(Windows+NT+10.0;+Microsoft+Outlook+16.0.17328;+Pro)", "AlwaysOn", "-",
    ]  # fmt: skip
    tools = [
        f"{tool}.{n}" for n in range(6) for tool in ("curl/8", "python-requests/2", "Go-http-client/1", "okhttp/4")
    ]
    return (agents + tools)[:300]


def site_map(rng: np.random.Generator) -> list[tuple[str, str]]:
    """6 000 pairs of URI and profile, the busiest first."""
    folders = (
        "catalogue",
        "service",
        "community",
        "press",
        "support",
        "investors",
        "products/outdoor",
        "blog/2026",
    )
    pairs = [(f"/content/{folders[n % 8]}/bundle-{n:04}.{('js', 'css', 'png', 'woff2')[n % 4]}", "static")
             for n in range(2200)]  # fmt: skip
    pairs += [(f"/{folders[n % 8]}/article-{n:05}/default.aspx", "page") for n in range(1900)]
    pairs += [(f"/api/v2/{('orders', 'customers', 'stock')[n % 3]}/{n * 7919 % 100_000}", "api") for n in range(900)]
    pairs += [(f"/portal/teams/{folders[n % 8]}/view-{n:03}.aspx", "signed-in") for n in range(450)]
    pairs += [(f"/produkte/gr\u00f6\u00dfe-{n}.aspx", "page") for n in range(20)]
    pairs += [(f"/legacy/report{n:02}.asp", "broken") for n in range(60)]
    probes = (
        "/wp-login.php",
        "/.env",
        "/.git/config",
        "/xmlrpc.php",
        "/phpmyadmin/index.php",
        "/owa/auth/x.js",
    )
    pairs += [(probe, "missing") for probe in probes]
    pairs += [(f"/old/campaign-{n:03}/landing.html", "missing") for n in range(6000 - len(pairs))]
    order = rng.permutation(len(pairs)).tolist()
    return [("/", "page"), *(pairs[n] for n in order[:-1])]


# --- HTTP -------------------------------------------------------------------------------------------------


@dataclass
class Rows:
    """A block of HTTP rows: the numbers that the truth needs, and the columns as text."""

    when: Ints
    uri: NDArray[np.int32]
    outcome: Ints
    taken: Ints
    columns: dict[str, pa.Array]


class World:
    """The vocabularies, and how likely each word is; made once from the seed."""

    def __init__(self, rng: np.random.Generator, days: Sequence[date], unique: bool) -> None:
        self.unique = unique
        self.serial = 0
        self.start = int(datetime.combine(days[0], datetime.min.time(), UTC).timestamp())
        self.days = words(days)
        self.clock = words(f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(DAY))
        self.numbers = words(range(LONGEST_MS + 1))
        pairs = site_map(rng)
        self.uri_texts = [uri for uri, _ in pairs]
        self.uris = words(self.uri_texts)
        self.profile = np.array([list(PROFILES).index(profile) for _, profile in pairs])
        self.median_ms = np.exp(rng.normal(3.4, 0.9, len(pairs))) * np.where(self.profile == 1, 0.15, 1.0)
        self.uri_table = zipf(len(pairs))
        self.clients = words(client_addresses(rng, 25_000))
        self.client_table = zipf(len(self.clients))
        self.agents = words([*user_agents(), '"'])
        self.agent_of_client = draw(rng, zipf(300), len(self.clients))
        self.users = words(["-", *(f"CONTOSO\\{name}{n}" for n in range(60) for name in ("anna", "li.wei", "omar"))])
        self.referers = words(["-", *(f"https://www.contoso.com{uri}" for uri in self.uri_texts[:300])])
        self.queries = words(["-", *self._queries()])
        self.outcome_words = [words("-" if o[i] is None else o[i] for o in HTTP_OUTCOMES) for i in range(3)]
        self.outcome_bounds, self.outcome_ids = _profile_tables()

    @staticmethod
    def _queries() -> Iterator[str]:
        for n in range(10):
            yield f"ID={n}|{n + 12}|80040e14|[Microsoft][ODBC_SQL_Server_Driver]Incorrect_syntax_near_'{n}'."
        for n in range(2000):
            yield (
                f"page={n}&sort=price",
                f"q=term+{n}&lang=en",
                f"id={n * 7919}&utm_source=mail",
                f"v={n:08x}",
            )[n % 4]

    def clock_columns(self, when: Ints) -> dict[str, pa.Array]:
        """The columns date and time of these seconds since 1970."""
        since = when - self.start
        return {"date": pick(self.days, since // DAY), "time": pick(self.clock, since % DAY)}

    def rows(self, rng: np.random.Generator, when: Ints) -> Rows:
        """HTTP rows at these times."""
        count = len(when)
        uri = draw(rng, self.uri_table, count)
        profile = self.profile[uri]
        outcome = self.outcome_ids[np.searchsorted(self.outcome_bounds, profile + rng.random(count), side="right")]
        client = draw(rng, self.client_table, count)
        taken = self.median_ms[uri] * np.exp(rng.normal(0.0, 1.1, count))
        hung_up = WIN32[outcome] == 64
        taken = np.clip(taken * np.where(hung_up, 40.0, 1.0), 0, LONGEST_MS).astype(np.int64)
        rows = Rows(when, uri, outcome, taken, self.clock_columns(when))
        rows.columns |= self._request_columns(rng, uri, client, outcome)
        rows.columns |= self._answer_columns(rng, outcome, taken)
        return rows

    def _request_columns(
        self, rng: np.random.Generator, uri: NDArray[np.int32], client: NDArray[np.int32], outcome: Ints
    ) -> dict[str, pa.Array]:
        count, profile = len(uri), self.profile[uri]
        agent = np.where(rng.random(count) < 0.85, self.agent_of_client[client], rng.integers(0, 300, count))
        agent[rng.random(count) < QUOTE_SHARE] = 300
        signed_in = (profile == SIGNED_IN) & (STATUS[outcome] != 401)
        asks = (rng.random(count) < 0.4) & (profile != STATIC)
        query = np.where(asks, rng.integers(11, len(self.queries), count), 0)
        query = np.where(SUBSTATUS[outcome] == 100, 1 + client % 10, query)
        referred = rng.random(count) < 0.28
        server, secure = client % 2, rng.random(count) < 0.9
        return {
            "s-sitename": pick(words(["W3SVC1"]), server * 0),
            "s-computername": pick(words(["WEB01", "WEB02"]), server),
            "s-ip": pick(words(["10.0.0.4", "10.0.0.5"]), server),
            "s-port": pick(words(["80", "443"]), secure.astype(np.int8)),
            "cs-method": pick(METHODS, np.where(profile == API, rng.integers(0, 6, count), rng.random(count) < 0.06)),
            "cs-uri-stem": self._unique_uris(count) if self.unique else pick(self.uris, uri),
            "cs-uri-query": pick(self.queries, query),
            "cs-username": pick(self.users, np.where(signed_in, 1 + client % (len(self.users) - 1), 0)),
            "c-ip": self._unique_clients(count) if self.unique else pick(self.clients, client),
            "cs-version": pick(words(["HTTP/1.1", "HTTP/2.0"]), secure.astype(np.int8)),
            "cs(User-Agent)": pick(self.agents, agent),
            "cs(Referer)": pick(self.referers, np.where(referred, client % len(self.referers), 0)),
            "cs-host": pick(words(["www.contoso.com", "portal.contoso.com"]), (profile == SIGNED_IN).astype(np.int8)),
        }

    def _answer_columns(self, rng: np.random.Generator, outcome: Ints, taken: Ints) -> dict[str, pa.Array]:
        status, substatus, win32 = self.outcome_words
        sent = np.clip(np.exp(rng.normal(8.5, 1.4, len(outcome))), 120, LONGEST_MS).astype(np.int64)
        return {
            "sc-status": pick(status, outcome),
            "sc-substatus": pick(substatus, outcome),
            "sc-win32-status": pick(win32, outcome),
            "sc-bytes": pick(self.numbers, sent),
            "cs-bytes": pick(self.numbers, rng.integers(200, 1800, len(outcome))),
            "time-taken": pick(self.numbers, taken),
        }

    def _unique_uris(self, count: int) -> pa.Array:
        self.serial += count
        numbers = pa.array(np.arange(self.serial - count, self.serial) + 10**9).cast(pa.string()).cast(pa.binary())
        return pc.binary_join_element_wise(b"/catalogue/article-", numbers, b"/default.aspx", b"")

    def _unique_clients(self, count: int) -> pa.Array:
        # Called after _unique_uris. A prime factor scatters the numbers over 1.0.0.0 to 223.255.255.255.
        serial = np.arange(self.serial - count, self.serial)
        address = serial * 2_654_435_761 % (223 << 24) + (1 << 24)
        octets = [pick(self.numbers, address >> shift & 255) for shift in (24, 16, 8, 0)]
        return pc.binary_join_element_wise(*octets, b".")


STATUS, SUBSTATUS, WIN32 = (np.array([o[i] for o in HTTP_OUTCOMES]) for i in range(3))
STATIC, SIGNED_IN, API = (list(PROFILES).index(name) for name in ("static", "signed-in", "api"))
METHODS = words(["GET", "POST", "PUT", "DELETE", "GET", "POST"])


def _profile_tables() -> tuple[Floats, Ints]:
    """Bounds and outcomes: the first bound above p + random is that of an answer of profile p."""
    bounds: list[Floats] = []
    ids: list[int] = []
    for number, profile in enumerate(PROFILES.values()):
        shares = np.cumsum(np.array(list(profile.values())))
        bounds.append(number + shares / shares[-1])
        ids += [HTTP_OUTCOMES.index(outcome) for outcome in profile]
    return np.concatenate(bounds), np.array([*ids, ids[-1]])


# --- lines ------------------------------------------------------------------------------------------------


def header(fields: Sequence[str], when: int, software: str = "Microsoft Internet Information Services 10.0") -> bytes:
    """The four directives that HTTP.sys writes."""
    stamp = datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M:%S")
    lines = (f"#Software: {software}", "#Version: 1.0", f"#Date: {stamp}", f"#Fields: {' '.join(fields)}")
    return "".join(f"{line}\r\n" for line in lines).encode()


def join(columns: Sequence[pa.Array]) -> tuple[memoryview, Ints]:
    """The lines of a block in one piece, each with CR LF, and where each begins (and the last ends)."""
    last = pc.binary_join_element_wise(columns[-1], b"\r\n", b"")
    lines = pc.binary_join_element_wise(*columns[:-1], last, b" ")
    _, offsets, data = lines.buffers()
    starts = np.frombuffer(offsets, np.int32)[: len(lines) + 1].astype(np.int64)
    return memoryview(data)[: int(starts[-1])], starts


def spoil(line: bytes, kind: Dirt, fields: Sequence[str], rng: np.random.Generator) -> bytes:
    """The line, without its CR LF, spoiled in that way."""
    last_space = line.rindex(b" ")
    if kind is Dirt.TORN:
        return line[: rng.integers(20, last_space + 1)]
    if kind is Dirt.MERGED:  # the cut lies behind the time, so two fields at least are too many
        return line[: rng.integers(20, len(line) + 1)] + line
    if kind is Dirt.NUL:
        at = int(rng.integers(0, len(line) + 1))
        return line[:at] + bytes(int(rng.integers(1, 9))) + line[at:]
    tokens = line.split(b" ")
    if kind is Dirt.NUMBER:
        name = ("sc-status", "sc-win32-status", "time-taken")[rng.integers(0, 3)]
        tokens[fields.index(name)] += b"x"
    elif kind is Dirt.HASH:
        tokens[fields.index("cs-uri-stem")] += b"#top"
    elif kind is Dirt.BYTE:
        tokens[fields.index("cs(User-Agent)")] += b"+caf\xe9"
    else:
        at = fields.index("cs-username")
        tokens[at] = b" " + tokens[at]
    return b" ".join(tokens)


@dataclass
class Writer:
    """Writes the HTTP files and keeps the truth."""

    world: World
    rng: np.random.Generator
    truth: Truth
    change_fields: float
    dirt: float
    sections: int = 0
    spoiled: int = 0

    def file(self, out: BinaryIO, count: int, moments: Callable[[Floats], Ints]) -> None:
        """One file of so many rows; `moments`: the seconds since 1970 when a given share is written."""
        restarts = self.rng.poisson(count / ROWS_A_RESTART)
        cuts = np.unique(self.rng.integers(1, max(2, count), restarts)) if count > 1 else np.array([], np.int64)
        for begin, end in pairwise([0, *cuts.tolist(), count]):
            fields = self.layout()
            for at in range(begin, end, BLOCK_ROWS):
                ranks = np.arange(at, min(at + BLOCK_ROWS, end))
                when = moments((ranks + self.rng.random(len(ranks))) / count)
                if at == begin:
                    self.put(out, header(fields, int(when[0])))
                    self.truth.directives += 4
                self.block(out, fields, when)
        self.truth.files += 1

    def layout(self) -> tuple[str, ...]:
        """The field list of the next section; the very first has the default."""
        self.sections += 1
        changed = self.sections > 1 and self.rng.random() < self.change_fields
        return LAYOUTS[self.rng.integers(1, len(LAYOUTS)) if changed else 0]

    def put(self, out: BinaryIO, data: bytes | memoryview) -> None:
        out.write(data)
        self.truth.bytes += len(data)

    def block(self, out: BinaryIO, fields: Sequence[str], when: Ints) -> None:
        rows = self.world.rows(self.rng, when)
        data, starts = join([rows.columns[name] for name in fields])
        valid = np.ones(len(when), bool)
        if self.dirt:
            dirty = np.flatnonzero(self.rng.random(len(when)) < self.dirt).tolist()
            data = memoryview(b"".join(self.spoiled_pieces(data, starts, fields, rows, dirty, valid)))
        self.put(out, data)
        self.truth.add("http", HTTP_OUTCOMES, rows.outcome[valid], when[valid])
        self.truth.time_taken_sum += int(rows.taken[valid].sum())
        if not self.world.unique:
            hits = np.bincount(rows.uri[valid], minlength=len(self.world.uri_texts))
            for index in np.flatnonzero(hits).tolist():
                self.truth.uris[self.world.uri_texts[index]] += int(hits[index])

    def spoiled_pieces(
        self,
        data: memoryview,
        starts: Ints,
        fields: Sequence[str],
        rows: Rows,
        dirty: list[int],
        valid: NDArray[np.bool_],
    ) -> Iterator[bytes | memoryview]:
        """The block with its dirty lines spoiled; notes in `valid` which are still rows."""
        done = 0
        for row in dirty:
            kind = KINDS_OF_DIRT[self.spoiled % len(KINDS_OF_DIRT)]
            self.spoiled += 1
            self.truth.dirt[kind.value] += 1
            begin, end = int(starts[row]), int(starts[row + 1])
            yield data[done:begin]
            yield spoil(bytes(data[begin : end - 2]), kind, fields, self.rng) + b"\r\n"
            done = end
            if kind in REJECTED:
                valid[row] = False
                self.truth.rejected += 1
            elif kind is Dirt.HASH and not self.world.unique:
                uri = self.world.uri_texts[rows.uri[row]]
                self.truth.uris[uri] -= 1  # the clean URI is counted with the block
                self.truth.uris[f"{uri}#top"] += 1
        yield data[done:]


# --- FTP and HTTPERR --------------------------------------------------------------------------------------


class FtpScripts:
    """Sessions written out beforehand; a log is a sequence of them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.outcomes: list[Outcome] = []
        self.lengths: list[int] = []
        self.middle_texts: list[str] = []
        self.path_texts: list[str] = []
        self.ids: list[int] = []
        for number in range(400):
            self._session(f"ftp-user{number % 60}", number, int(rng.integers(0, 6)), bool(rng.random() < 0.15))
        self.middles, self.paths, self.events = (
            words(self.middle_texts),
            words(self.path_texts),
            np.array(self.ids),
        )
        self.begins = np.cumsum([0, *self.lengths[:-1]])

    def _session(self, user: str, number: int, transfers: int, refused: bool) -> None:
        before = len(self.ids)
        self._event("-", 21, "ControlChannelOpened", "-", None, 0, 0)
        self._event("-", 21, "USER", user, 331, 0, 0)
        if refused:
            self._event("-", 21, "PASS", "***", 530, 1326, 41)
        else:
            self._event(user, 21, "PASS", "***", 230, 0, 0, "/")
            for n in range(transfers):
                self._transfer(user, f"/data/2026/batch-{number:03}-{n}.csv", 50_000 + number, (number + n) % 5)
            self._event(user, 21, "QUIT", "-", 221, 0, 0)
        self._event("-" if refused else user, 21, "ControlChannelClosed", "-", None, 64 if number % 9 == 0 else 0, 0)
        self.lengths.append(len(self.ids) - before)

    def _transfer(self, user: str, path: str, port: int, kind: int) -> None:
        self._event(user, 21, "PASV", "-", 227, 0, 0)
        self._event(user, port, "DataChannelOpened", "-", None, 0, 0)
        self._event(user, port, "DataChannelClosed", "-", None, 64 if kind == 4 else 0, 0)
        name = path.rsplit("/", 1)[1]
        if kind == 3:
            self._event(user, 21, "RETR", name, 550, 2, 0, path)
        else:
            self._event(user, 21, "STOR" if kind else "RETR", name, 426 if kind == 4 else 226, 0, 0, path)

    def _event(
        self,
        user: str,
        port: int,
        verb: str,
        stem: str,
        status: int | None,
        win32: int,
        sub: int,
        path: str = "-",
    ) -> None:
        outcome = Outcome(status, sub, win32)
        if outcome not in self.outcomes:
            self.outcomes.append(outcome)
        self.ids.append(self.outcomes.index(outcome))
        shown = "-" if status is None else status
        self.middle_texts.append(f"{user} 10.0.0.4 {port} {verb} {stem} {shown} {win32} {sub}")
        self.path_texts.append(path)

    def block(self, world: World, rng: np.random.Generator, when: Ints) -> tuple[memoryview, Ints]:
        """The lines at these times, and the outcome of each. The last session is cut where the block ends."""
        sessions = rng.integers(0, len(self.lengths), len(when) // min(self.lengths) + 1)
        lengths = np.array(self.lengths)[sessions]
        session = np.repeat(np.arange(len(sessions)), lengths)[: len(when)]
        within = np.arange(len(when)) - (np.cumsum(lengths) - lengths)[session]
        row = self.begins[sessions][session] + within
        keys = rng.integers(0, 2**62, (session[-1] + 1, 2)).tolist()
        guids = words(
            f"{a >> 30:08x}-{a & 0xFFFF:04x}-{a >> 14 & 0xFFFF:04x}-{b & 0xFFFF:04x}-{b >> 14:012x}" for a, b in keys
        )
        client = draw(rng, world.client_table, len(keys))
        columns = world.clock_columns(when)
        data, _ = join(
            [columns["date"], columns["time"], pick(world.clients, client[session]), pick(self.middles, row),
             pick(guids, session), pick(self.paths, row)]
        )  # fmt: skip
        return data, self.events[row]


class HttperrScripts:
    """The reasons HTTP.sys gives, with what it tells of the request."""

    def __init__(self) -> None:
        self.outcomes = [Outcome(status, None, None, reason) for reason, _, status, _, _ in HTTPERR_REASONS]
        weights = np.cumsum([weight for _, weight, *_ in HTTPERR_REASONS])
        self.bounds = weights / weights[-1]
        self.has_request = np.array([has for *_, has, _ in HTTPERR_REASONS])
        self.tails = words(
            f"{'-' if status is None else status} {'1' if site else '-'} {reason} {'Pool1' if site else '-'}"
            for reason, _, status, _, site in HTTPERR_REASONS
        )
        self.servers = words(["10.0.0.4 80", "10.0.0.4 443", "10.0.0.5 443"])

    def block(self, world: World, rng: np.random.Generator, when: Ints) -> tuple[memoryview, Ints]:
        """The lines at these times, and the outcome of each."""
        count = len(when)
        event = np.minimum(np.searchsorted(self.bounds, rng.random(count), side="right"), len(self.outcomes) - 1)
        requests = words(["- - -", *(f"HTTP/1.1 GET {uri}" for uri in world.uri_texts)])
        request = np.where(self.has_request[event], 1 + draw(rng, world.uri_table, count), 0)
        columns = world.clock_columns(when)
        data, _ = join(
            [columns["date"], columns["time"], pick(world.clients, draw(rng, world.client_table, count)),
             pick(world.numbers, rng.integers(1025, 65_536, count)),
             pick(self.servers, rng.integers(0, 3, count)),
             pick(requests, request), pick(words(["-"]), event * 0), pick(self.tails, event)]
        )  # fmt: skip
        return data, event


def write_plain(
    path: Path, head: tuple[Sequence[str], str], scripts: FtpScripts | HttperrScripts, world: World,
    rng: np.random.Generator, when: Ints, truth: Truth,
) -> None:  # fmt: skip
    """An FTP or HTTPERR file with rows at these times (seconds since 1970, rising), one header."""
    service = "ftp" if isinstance(scripts, FtpScripts) else "httperr"
    with open_log(path) as out:
        truth.bytes += out.write(header(head[0], int(when[0]), head[1]))
        for at in range(0, len(when), BLOCK_ROWS):
            part = when[at : at + BLOCK_ROWS]
            data, ids = scripts.block(world, rng, part)
            truth.bytes += out.write(data)
            truth.add(service, scripts.outcomes, ids, part)
    truth.directives += 4
    truth.files += 1


def write_ftp(
    root: Path, rows: int, days: Sequence[date], world: World, rng: np.random.Generator, truth: Truth
) -> None:
    """So many FTP rows, one file a day."""
    scripts, done = FtpScripts(rng), 0
    for number, day in enumerate(days):
        count = rows * (number + 1) // len(days) - done
        done += count
        if count:
            when = world.start + number * DAY + np.sort(rng.integers(0, DAY, count))
            head = (FTP_FIELDS, "Microsoft Internet Information Services 10.0")
            write_plain(root / f"u_ex{day:%y%m%d}.log", head, scripts, world, rng, when, truth)


def write_httperr(
    root: Path, rows: int, days: Sequence[date], world: World, rng: np.random.Generator, truth: Truth
) -> None:
    """So many HTTPERR rows, over the whole period, in numbered files of about 1 MB."""
    scripts = HttperrScripts()
    span = len(days) * DAY
    for number, at in enumerate(range(0, rows, HTTPERR_FILE_ROWS), 1):
        ranks = np.arange(at, min(at + HTTPERR_FILE_ROWS, rows))
        when = world.start + ((ranks + rng.random(len(ranks))) * span / rows).astype(np.int64)
        head = (HTTPERR_FIELDS, "Microsoft HTTP API 2.0")
        write_plain(root / f"httperr{number}.log", head, scripts, world, rng, when, truth)


# --- the folder -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Options:
    """The command line."""

    size: int  # bytes of HTTP logs, before compression
    files: int
    seed: int
    change_fields: float
    dirt: float
    unique: bool
    gz: int
    httperr: int
    ftp: int


@contextmanager
def open_log(path: Path) -> Iterator[BinaryIO]:
    """The file, new; a name in `.gz` is compressed, the same bytes at every run."""
    with path.open("xb") as raw:
        if path.suffix != ".gz":
            yield raw
            return
        with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            yield cast(BinaryIO, packed)


def bytes_a_row(world: World, rng: np.random.Generator, change_fields: float) -> float:
    """The mean length of a line, from a sample."""
    columns = world.rows(rng, np.full(20_000, world.start)).columns
    world.serial = 0
    lengths = [int(join([columns[name] for name in fields])[1][-1]) / 20_000 for fields in LAYOUTS]
    return (1 - change_fields) * lengths[0] + change_fields * float(np.mean(lengths[1:]))


def day_curve(rng: np.random.Generator) -> Floats:
    """The share of a day's requests before each quarter of an hour: quiet nights, two humps, noise."""
    hours = (np.arange(96) + 0.5) / 4
    load = 0.15 + np.exp(-(((hours - 10.5) / 2.6) ** 2)) + 0.8 * np.exp(-(((hours - 15.5) / 2.8) ** 2))
    shares = np.cumsum(load * np.exp(rng.normal(0, 0.15, 96)))
    return np.concatenate([[0.0], shares / shares[-1]])


def plan(options: Options) -> tuple[list[date], list[tuple[str, int, int, float]]]:
    """The days; and of each HTTP file its name, begin and span in seconds, and share of the rows."""
    daily = options.files <= MOST_DAILY_FILES
    count = options.files if daily else -(-options.files // 24)
    days = [LAST_DAY - timedelta(days=count - 1 - n) for n in range(count)]
    if daily:
        weights = [(1, 1.05, 1.1, 1.05, 0.95, 0.5, 0.4)[day.weekday()] for day in days]
        files = [
            (f"u_ex{d:%y%m%d}.log", n * DAY, DAY, w / sum(weights))
            for n, (d, w) in enumerate(zip(days, weights, strict=True))
        ]
    else:
        hours = [(days[n // 24], n % 24, n * 3600) for n in range(options.files)]
        files = [(f"u_ex{d:%y%m%d}{h:02}.log", begin, 3600, 1 / options.files) for d, h, begin in hours]
    return days, files


def moments_of(begin: int, span: int, curve: Floats) -> Callable[[Floats], Ints]:
    """From shares of a file's rows to rising times, in seconds since 1970."""
    grid = np.linspace(0, span, len(curve))

    def moments(shares: Floats) -> Ints:
        return begin + np.minimum(np.interp(shares, curve, grid), span - 1).astype(np.int64)

    return moments


def generate(out: Path, options: Options) -> Truth:
    """Write the folder and its truth.json."""
    rng = np.random.default_rng(options.seed)
    days, files = plan(options)
    world = World(rng, days, options.unique)
    total = options.size / bytes_a_row(world, rng, options.change_fields)
    writer = Writer(world, rng, Truth(options.unique), options.change_fields, options.dirt)
    (out / "W3SVC1").mkdir(parents=True)
    for number, (name, begin, span, share) in enumerate(files):
        curve = day_curve(rng) if span == DAY else np.linspace(0, 1, 97)
        path = out / "W3SVC1" / (f"{name}.gz" if number < options.gz else name)
        with open_log(path) as stream:
            writer.file(stream, max(1, round(total * share)), moments_of(world.start + begin, span, curve))
    for folder, rows, write in (
        ("FTPSVC1", options.ftp, write_ftp),
        ("HTTPERR", options.httperr, write_httperr),
    ):
        if rows:
            (out / folder).mkdir()
            write(out / folder, rows, days, world, rng, writer.truth)
    content = {"options": asdict(options), **writer.truth.to_dict()}
    (out / "truth.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return writer.truth


def size(text: str) -> int:
    """Bytes of `500MB`, `1GB`, `1.5GB`, `20kB` or a bare number; units are powers of ten."""
    match = re.fullmatch(r"([\d.]+)\s*([kMG]?)B?", text, re.IGNORECASE)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write for example 500MB or 1GB")
    return int(float(match[1]) * {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}[match[2].upper()])


def parse(arguments: Sequence[str] | None = None) -> tuple[Path, Options]:
    """The folder and the options, from the command line."""
    parser = argparse.ArgumentParser(
        description="Write a folder of IIS logs for benchmarks, and truth.json beside them."
    )
    parser.add_argument("out", type=Path, help="folder to make; it must be empty or missing")
    parser.add_argument("--size", type=size, default=size("1GB"), help="of the HTTP logs together (default: 1GB)")
    parser.add_argument(
        "--files",
        type=int,
        default=30,
        help=f"one a day, or one an hour above {MOST_DAILY_FILES} (default: 30)",
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--change-fields", type=float, default=0.1, help="share of sections with another field list")
    parser.add_argument("--dirt", type=float, default=0.0, help="share of HTTP lines that are spoiled")
    parser.add_argument(
        "--cardinality", choices=("normal", "unique"), default="normal", help="unique: no URI or client twice"
    )
    parser.add_argument("--gz", type=int, default=0, help="compress so many of the HTTP files")
    parser.add_argument("--httperr", type=int, default=0, metavar="ROWS", help="rows in HTTPERR/")
    parser.add_argument("--ftp", type=int, default=0, metavar="ROWS", help="rows in FTPSVC1/")
    parser.add_argument("--small-files", action="store_true", help="the same as --files 10000 --size 500MB")
    given = vars(parser.parse_args(arguments))
    out: Path = given.pop("out")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        parser.error(f"{out} is not an empty folder")
    given["unique"] = given.pop("cardinality") == "unique"
    if given.pop("small_files"):
        given |= {"files": 10_000, "size": size("500MB")}
    return out, Options(**given)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the folder and say what it holds."""
    out, options = parse(arguments)
    truth = generate(out, options).to_dict()
    print(f"{out}: {truth['files']} files, {truth['bytes'] / 1e6:.1f} MB, {truth['rows']} rows", file=sys.stderr)


if __name__ == "__main__":
    main()
