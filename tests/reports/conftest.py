"""The weeks of the samples, read once, and a log in which every field is hostile."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logan.reports.model import Weekly
from logan.reports.periods import Wanted, choose
from logan.reports.weekly import weekly

SAMPLES = Path(__file__).parents[2] / "samples"

#: What a stranger may put into a request.
PAYLOADS = (
    "<script>window.hit=1</script>",
    "'\"><img/src=x/onerror=window.hit=2>",
    "javascript:window.hit=3",
    "</td></tr></table></svg></style></title></script><script>window.hit=4</script>",
    "<svg/onload=window.hit=5><style>*{display:none}</style>",
    "]]><!--<foreignObject><iframe/src=javascript:window.hit=6>",
    "{{7*7}}{%raw%}{{config}}${7*7}#{7*7}",
    "\u202e\u2066gpj.exe\u2069\u200f\u2028",
    "}*{background:url(//evil.example/x)}@import'//evil.example/y';",
    "&lt;b&gt;&#60;script&#62;&amp;",
    "$\\frac{1}{2}$_^\\input{/etc/passwd}",
    "\u0000\u0007\u001b[31m\u0085",
)


@pytest.fixture(scope="session")
def truth() -> dict[str, Any]:
    return dict(json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def make() -> Callable[..., Weekly]:
    """Makes the report of a week of the samples; the logs are read once a week."""
    periods: dict[str, Any] = {}

    def made(week: str, **options: Any) -> Weekly:
        if week not in periods:
            periods[week] = choose(str(SAMPLES), Wanted(week=week))
        return weekly(periods[week], **options)

    return made


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of logs with a payload in every field of every kind of log, and with tokens of 60 kB."""
    folder = tmp_path_factory.mktemp("hostile")
    payloads = [p.replace(" ", "+").replace("\x00", "") for p in PAYLOADS] + ["A" * 60_000, "中" * 20_000]
    http = [
        "#Software: Microsoft Internet Information Services 10.0",
        "#Fields: date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
        "cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken",
    ]
    ftp = [
        "#Fields: date time c-ip cs-username s-ip s-port cs-method cs-uri-stem sc-status sc-win32-status sc-substatus"
    ]
    error = [
        "#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename"
    ]
    for n in range(40 * len(payloads)):
        p, time = payloads[n % len(payloads)], f"2026-11-{16 + n % 7} 10:{n % 60:02d}:00"
        status = ("404 0 2", "500 0 0", "401 1 1326", "200 0 0", "500 19 183", "403 14 5")[n % 6]
        http.append(f"{time} {p} {p} {p} /{p} {p} 80 {p} {p} {p} http://{p}/{p} {status} 10 10 {n * 7}")
        ftp.append(f"{time} {p} {p} 192.0.2.1 21 PASS {p} 530 1326 41")
        error.append(f"{time} {p} 1 192.0.2.1 80 {p} {p} /{p} 503 {p} {p} {p}")
    lines = {"W3SVC1/u_ex261116.log": http, "FTPSVC1/u_ex261116.log": ftp, "HTTPERR/httperr1.log": error}
    for name, content in lines.items():
        path = folder / name
        path.parent.mkdir()
        # IIS writes none of the characters that end a line elsewhere; \n alone keeps them inside
        path.write_bytes(("\n".join([*content, "torn <script>window.hit=7</script>"]) + "\n").encode())
    return folder
