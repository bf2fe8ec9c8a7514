"""Each rule on small logs: when it speaks, and when it keeps silent."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from logan.analysis.findings import RULES, Finding, findings
from logan.summary import Summary
from tests.analysis.logs import FTP_FIELDS, HEADER, HTTPERR_FIELDS, http_log, http_row, of, of_rows

HOSTILE = "/<script>alert(1)</script>{0}{boom}\x1b[2J%s"


def clock(second: int) -> str:
    """A time of the day, seconds from 08:00."""
    return f"{8 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def rows(
    number: int, status: str = "200 0 0", uri: str = "/", start: int = 0, step: int = 1, **values: str
) -> list[str]:
    """Rows that follow each other by `step` seconds; ``{n}`` in a value is the number of the row."""
    return [
        http_row(
            clock(start + n * step),
            status,
            uri.replace("{n}", str(n)),
            **{name: value.replace("{n}", str(n)) for name, value in values.items()},
        )
        for n in range(number)
    ]


def ftp(*rows: str) -> Summary:
    return of(FTPSVC2=http_log(*rows, fields=FTP_FIELDS))


def ftp_row(
    command: str,
    status: str = "226 0 0",
    second: int = 0,
    client: str = "198.51.100.7",
    user: str = "-",
    date: str = "2026-11-16",
) -> str:
    """A row of the FTP log; `status` is status, win32 code, sub-status."""
    return f"{date} {clock(second)} {client} {user} 10.0.0.1 21 {command} {status} s-1 -\n"


def httperr_row(
    reason: str, status: str = "503", site: str = "1", second: int = 0, uri: str = "/a", queue: str = "Shop"
) -> str:
    return (
        f"2026-11-16 {clock(second)} 192.0.2.1 5000 10.0.0.1 443 HTTP/1.1 GET {uri} {status} {site} {reason} {queue}\n"
    )


def httperr(*rows: str, **others: str) -> Summary:
    return of(HTTPERR=http_log(*rows, fields=HTTPERR_FIELDS), **others)


def told(summary: Summary, id: str) -> list[Finding]:
    return [one for one in findings(summary) if one.id == id]


def only(summary: Summary, id: str) -> Finding:
    (one,) = told(summary, id)
    return one


def silent(summary: Summary, id: str) -> bool:
    return not told(summary, id)


# --- Logons over HTTP -------------------------------------------------------------------------------------------------
def test_handshakes() -> None:
    one = only(of_rows(*rows(3, "401 2 5"), *rows(1, "401 1 2148074254"), *rows(4, user="A\\b")), "auth-handshake")
    assert (one.hits, one.severity, one.evidence["share"]) == (4, "info", 50.0)
    assert silent(of_rows(*rows(3, "401 1 1326", user="A\\b"), *rows(3, "403 14 0")), "auth-handshake")


def test_handshakes_that_nobody_answers() -> None:
    probe = rows(30, "401 2 5", client="192.0.2.9")
    assert only(of_rows(*probe, *rows(5, user="A\\b")), "auth-unanswered").hits == 30
    assert silent(of_rows(*probe, *rows(1, user="A\\b", client="192.0.2.9")), "auth-unanswered")
    assert silent(of_rows(*probe[:10]), "auth-unanswered")


def test_torn_tokens_are_no_wrong_passwords() -> None:
    summary = of_rows(*rows(30, "401 1 2148074248", user="A\\b"))
    assert only(summary, "auth-token-split").hits == 30
    assert silent(summary, "logon-failures")
    assert silent(of_rows(*rows(2, "401 1 2148074248")), "auth-token-split")


def test_a_stale_password() -> None:
    one = only(of_rows(*rows(12, "401 1 1326", user="A\\copier")), "logon-failures")
    assert (one.hits, one.severity) == (12, "warning")
    assert silent(of_rows(*rows(9, "401 1 1326", user="A\\copier")), "logon-failures")


def test_a_stale_password_that_was_corrected() -> None:
    failed = rows(12, "401 1 1326", user="A\\copier", start=100)
    good = rows(1, user="A\\copier", start=500)
    assert only(of_rows(*failed, *good), "logon-failures").severity == "critical"
    # it had worked before: somebody changed the password and then corrected the device
    assert only(of_rows(*rows(1, user="A\\copier"), *failed, *good), "logon-failures").severity == "warning"


def test_mistyped_passwords_over_months_are_no_attack() -> None:
    days = [f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in (3, 17)]
    summary = of_rows(*[http_row("08:00:00", "401 1 1326", user="A\\b", date=day) for day in days])
    assert silent(summary, "logon-failures")


def test_a_fast_attack_is_seen_in_a_year_of_logs() -> None:
    early = [http_row("08:00:00", "401 1 1326", user="A\\b", date="2026-01-02")]
    assert only(of_rows(*early, *rows(60, "401 1 1326", user="A\\u{n}")), "password-guessing").hits == 61


def test_guessing_and_spraying() -> None:
    guess = [row for name in "abc" for row in rows(10, "401 1 1326", user=f"A\\{name}")]
    spray = rows(30, "401 1 1326", user="A\\u{n}")
    assert "many times each" in only(of_rows(*guess), "password-guessing").explanation()
    one = only(of_rows(*spray), "password-guessing")
    assert "spraying" in one.explanation()
    assert (one.severity, one.evidence["distinct_accounts"]) == ("warning", 30)
    assert silent(of_rows(*spray), "logon-failures")


def test_guessing_that_succeeded_is_critical() -> None:
    spray = rows(30, "401 1 1326", user="A\\u{n}", start=10)
    one = only(of_rows(*spray, *rows(2, user="A\\u7", start=200)), "password-guessing")
    assert one.severity == "critical"
    assert [entry["account"] for entry in one.evidence["succeeded"]] == ["A\\u7"]


def test_an_office_behind_one_address_did_not_guess_its_own_passwords() -> None:
    work = [row for n in range(6) for row in rows(50, user=f"A\\u{n}", start=0)]
    mistyped = [row for n in range(6) for row in rows(2, "401 1 1326", user=f"A\\u{n}", start=300)]
    later = [row for n in range(6) for row in rows(50, user=f"A\\u{n}", start=400)]
    assert {one.severity for one in told(of_rows(*work, *mistyped, *later), "password-guessing")} <= {"warning"}


def test_an_account_that_fails_from_everywhere() -> None:
    summary = of_rows(*rows(40, "401 1 1326", user="A\\anna", client="192.0.2.{n}"))
    assert only(summary, "account-hunted").evidence["distinct_clients"] == 40
    assert silent(of_rows(*rows(40, "401 1 1326", user="A\\anna")), "account-hunted")


# --- Availability -----------------------------------------------------------------------------------------------------
def test_an_outage_with_its_gap() -> None:
    before, after = rows(40, step=20), rows(40, start=9000, step=20)
    refused = [httperr_row("AppOffline", second=1000 + 200 * n) for n in range(35)]
    one = only(httperr(*refused, W3SVC1=http_log(*before, *after)), "outage")
    assert (one.hits, one.severity, one.site) == (35, "critical", "W3SVC1")
    assert one.evidence["gap"] is not None
    assert one.evidence["queues"] == ["Shop"]


def test_refusals_without_a_gap() -> None:
    busy = rows(400, step=20)
    one = only(httperr(*[httperr_row("QueueFull", second=n) for n in range(30)], W3SVC1=http_log(*busy)), "outage")
    assert one.evidence["gap"] is None
    assert "queue" in one.explanation()
    assert only(httperr(httperr_row("AppOffline")), "outage").severity == "warning"
    assert silent(httperr(httperr_row("Timer_ConnectionIdle", status="-")), "outage")


def test_silence_at_night_is_no_gap() -> None:
    one = only(httperr(httperr_row("AppOffline", second=7200), W3SVC1=http_log(*rows(3))), "outage")
    assert one.evidence["gap"] is None


def test_an_outage_of_no_known_site() -> None:
    one = only(httperr(*[httperr_row("N/A", site="-", queue="-", second=n) for n in range(9)]), "outage")
    assert one.site is None
    assert one.title().startswith("the server")


def test_lost_workers() -> None:
    lost = [httperr_row("Connection_Abandoned_By_ReqQueue", status="-", second=n) for n in range(4)]
    assert only(httperr(*lost), "worker-crash").severity == "critical"
    assert silent(httperr(*lost[:2]), "worker-crash")


def test_a_url_that_fails() -> None:
    steady = [
        row for n in range(12) for row in (*rows(8, start=3000 * n), *rows(1, "500 0 0", "/pay", start=3000 * n + 10))
    ]
    one = only(of_rows(*steady), "failing-url")
    assert one.evidence["uris"][0] == {"uri_stem": "/pay", "hits": 12, "of": 12, "share": 100.0}
    assert silent(of_rows(*rows(12, "500 0 0", "/pay"), *rows(100, uri="/pay", start=50)), "failing-url")


@pytest.mark.parametrize(
    ("number", "status", "good", "severity"),
    [(120, "500 0 0", 0, "critical"), (120, "500 0 0", 130, "warning"), (99, "500 0 0", 0, "warning"),
     (120, "404 0 2", 0, "warning"), (10, "403 14 0", 90, "warning"), (10, "403 14 0", 91, None), (9, "500 0 0", 0, None)],
)  # fmt: skip
def test_a_site_that_fails_all_over_and_all_the_time(number: int, status: str, good: int, severity: str | None) -> None:
    """One request in five minutes, each for another page: no burst, and no page of which ten requests fail."""
    failing = rows(number, status, "/orders/{n}", step=300, client="192.0.2.{n}")
    summary = of_rows(*failing, *rows(good, "200 0 0", "/orders/{n}", start=150, step=300, client="192.0.2.{n}"))
    found = [one for one in findings(summary) if one.id == "failing-site"]
    assert [(one.severity, one.hits, one.evidence["of"]) for one in found] == (
        [(severity, number, number + good)] if severity else []
    )


def test_a_site_whose_failures_have_a_reason_is_not_told_of_twice() -> None:
    """A single page, and a log of refused FTP passwords: the reason is worth more than the rate."""
    assert silent(of_rows(*rows(200, "500 0 0", "/pay", step=60)), "failing-site")
    guessing = [ftp_row("PASS ***", "530 1326 41", n, user=f"u{n % 40}") for n in range(400)]
    assert silent(ftp(*guessing), "failing-site")
    refused = ftp(*[ftp_row("RETR x.txt", "550 5 1", 300 * n) for n in range(12)])
    assert only(refused, "ftp-no-permission").hits == 12 and silent(refused, "failing-site")


# --- Configuration ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "word"), [("183", "twice"), ("2147942433", "locked"), ("13", "invalid data"), ("99", "cannot read")]
)
def test_configuration_errors_by_code(code: str, word: str) -> None:
    one = only(of_rows(*rows(12, f"500 19 {code}", client="192.0.2.{n}")), "config-error")
    assert word in one.explanation()
    assert one.severity == "critical"


def test_the_administrator_who_is_just_changing_it() -> None:
    assert only(of_rows(*rows(12, "500 19 13")), "config-error").severity == "warning"


@pytest.mark.parametrize("code", ["64", "1229", "995", "1236"])
def test_hang_ups_are_no_configuration_errors(code: str) -> None:
    summary = of_rows(*rows(5, f"500 19 {code}"))
    assert silent(summary, "config-error")
    assert only(summary, "false-config-error").severity == "info"


def test_applications_that_do_not_start() -> None:
    one = only(of_rows(*rows(3, "500 31 0")), "app-start-failure")
    assert "not installed" in one.explanation()
    assert only(of_rows(*rows(3, "502 5 0")), "app-start-failure").hits == 3
    assert only(of_rows(*rows(3, "500 21 0")), "handler-error").hits == 3
    assert silent(of_rows(*rows(3, "500 0 0")), "app-start-failure")


def test_new_errors_after_days_of_peace() -> None:
    peace = [row for day in (12, 13, 14, 15) for row in rows(30, date=f"2026-11-{day}", step=600)]
    release = rows(24, "500 0 0", "/app/{n}", step=900)
    one = only(of_rows(*peace, *release), "new-errors")
    assert one.evidence["distinct_uris"] == 24
    assert silent(of_rows(*release), "new-errors")  # nobody knows when they began
    assert silent(of_rows(*peace, *rows(24, "500 0 0", "/one", step=900)), "new-errors")


# --- Waiting ----------------------------------------------------------------------------------------------------------
def test_slow_urls() -> None:
    assert only(of_rows(*rows(30, uri="/s", taken="2500")), "slow-url").severity == "info"
    assert only(of_rows(*rows(30, uri="/s", taken="12000")), "slow-url").severity == "warning"
    assert silent(of_rows(*rows(10, uri="/s", taken="12000")), "slow-url")
    assert silent(of_rows(*rows(30, uri="/s.zip", taken="12000")), "slow-url")
    assert silent(of_rows(*rows(30, uri="/signalr/connect", taken="120000")), "slow-url")


def weekly(*taken: int, uri: str = "/s", number: int = 30) -> Summary:
    days = ("2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23")
    return of_rows(
        *[row for day, ms in zip(days, taken, strict=False) for row in rows(number, uri=uri, taken=str(ms), date=day)]
    )


def test_urls_that_get_slower() -> None:
    one = only(weekly(200, 210, 900), "slower-url")
    assert one.evidence["uris"][0]["uri_stem"] == "/s"
    assert silent(weekly(900, 900, 200), "slower-url")
    assert silent(weekly(200), "slower-url")
    assert silent(weekly(10, 10, 40), "slower-url")  # four times, and nobody notices
    assert silent(weekly(200, 210, 900, number=10), "slower-url")
    assert silent(weekly(200, 900, 210), "slower-url")  # it was slow and is not any more


def test_one_outlier_makes_no_url_slower() -> None:
    summary = weekly(200, 210, 205) + of_rows(http_row(uri="/s", taken="500000"))
    assert silent(summary, "slower-url")


def test_proxy_time_outs() -> None:
    one = only(of_rows(*rows(5, "502 3 12002", taken="30010")), "arr-timeout")
    assert one.evidence["waited_ms"]["p50"] == pytest.approx(30010, rel=0.02)
    assert only(of_rows(*rows(5, "502 3 12029")), "arr-backend-down").severity == "critical"
    assert "healthy" in only(of_rows(*rows(5, "502 4 0")), "arr-backend-down").explanation()
    assert silent(of_rows(*rows(2, "502 3 12002")), "arr-timeout")


def test_clients_that_do_not_wait() -> None:
    left = rows(10, "200 0 64", "/big", taken="40000")
    one = only(of_rows(*left, *rows(10, uri="/big", start=60)), "client-hang-up")
    assert (one.hits, one.severity, one.evidence["uris"][0]["share"]) == (10, "warning", 50.0)
    assert silent(of_rows(*left, *rows(200, uri="/big", start=60)), "client-hang-up")
    assert silent(of_rows(*rows(10, "206 0 64", "/film.mp4", taken="40000")), "client-hang-up")
    assert silent(of_rows(*rows(4, "200 0 64", "/big")), "client-hang-up")
    assert only(of_rows(*rows(40, "200 0 64", "/", taken="1")), "client-hang-up").severity == "info"  # a probe


def test_open_connections_are_neither_slow_nor_left() -> None:
    summary = of_rows(
        *rows(30, "200 0 64", "/signalr/connect", taken="29411203"), *rows(30, "101 0 0", "/ws", taken="90000")
    )
    assert only(summary, "long-lived").hits == 60
    assert silent(summary, "client-hang-up")
    assert silent(summary, "slow-url")
    assert only(of_rows(*rows(3, "200 0 64", "/signalr/connect")), "long-lived").first is not None


# --- What is not there ------------------------------------------------------------------------------------------------
SHOP = "https://shop.example/"


def test_broken_links_of_the_own_pages() -> None:
    good = rows(50, referer=SHOP)
    one = only(of_rows(*good, *rows(12, "404 0 2", "/gone", referer=SHOP + "offers")), "broken-link")
    assert one.evidence["uris"][0]["referers"] == [{"referer": SHOP + "offers", "hits": 12}]
    assert silent(of_rows(*good, *rows(12, "404 0 2", "/gone", referer="https://elsewhere.example/")), "broken-link")
    assert silent(of_rows(*good, *rows(9, "404 0 2", "/gone", referer=SHOP)), "broken-link")
    assert silent(of_rows(*good, *rows(40, "404 0 2", "/favicon.ico", referer=SHOP)), "broken-link")
    assert silent(of_rows(*good, *rows(40, "404 0 2", "/p{n}", referer=SHOP)), "broken-link")  # forged by a scanner


def test_a_name_below_the_own_host_is_the_own_site() -> None:
    links = rows(12, "404 0 2", "/gone", referer="https://www.shop.example/")
    summary = of_rows(*rows(50, referer=SHOP), *rows(20, referer="https://www.shop.example/"), *links)
    assert only(summary, "broken-link").hits == 12


def test_scans() -> None:
    scan = rows(120, "404 0 2", "/wp-{n}.php", client="192.0.2.66")
    one = only(of_rows(*scan, *rows(500)), "scan")
    assert one.severity == "warning"
    assert one.evidence["distinct_uris"] == pytest.approx(120, rel=0.3)  # estimated above 64
    assert only(of_rows(*scan[:30]), "scan").severity == "info"
    assert silent(of_rows(*scan[:19]), "scan")
    assert silent(of_rows(*scan, *rows(300, client="192.0.2.66")), "scan")  # finds more than it misses
    assert silent(of_rows(*rows(300, "404 0 2", "/one", client="192.0.2.66")), "scan")


def test_request_filtering_leaves_scanners_to_the_scan() -> None:
    scan = rows(60, "404 8 0", "/bin/{n}", client="192.0.2.66")
    assert silent(of_rows(*scan), "request-filtering")
    users = rows(12, "404 13 0", "/upload", client="192.0.2.{n}")
    one = only(of_rows(*scan, *users), "request-filtering")
    assert (one.hits, one.severity) == (12, "warning")
    assert "maxAllowedContentLength" in one.explanation()
    assert only(of_rows(*rows(3, "413 1 0", "/upload")), "request-filtering").severity == "info"
    assert silent(of_rows(*rows(30, "404 0 2", "/x"), *rows(30, "404 4 0", "/y")), "request-filtering")


def test_urlscan() -> None:
    rejected = rows(12, "404 0 2", "/<Rejected-By-UrlScan>", client="192.0.2.{n}", query="~/a.exe")
    assert only(of_rows(*rejected), "urlscan").severity == "warning"
    assert only(of_rows(*rejected[:2]), "urlscan").severity == "info"
    assert silent(of_rows(*rows(12, "404 0 2", "/x")), "urlscan")


def test_dynamic_ip_restriction() -> None:
    assert "logging-only" in only(of_rows(*rows(5, "200 501 0")), "dynamic-ip-restriction").explanation()
    assert "turned away" in only(of_rows(*rows(5, "403 502 0")), "dynamic-ip-restriction").explanation()
    assert silent(of_rows(*rows(5, "403 6 0")), "dynamic-ip-restriction")


# --- FTP --------------------------------------------------------------------------------------------------------------
def guesses(names: Iterable[str], each: int = 4, client: str = "203.0.113.66") -> list[str]:
    pairs = [name for name in names for _ in range(each)]
    return [
        row
        for n, name in enumerate(pairs)
        for row in (
            ftp_row(f"USER {name}", "331 0 0", 2 * n, client),
            ftp_row("PASS ***", "530 1326 41", 2 * n + 1, client),
        )
    ]


def test_ftp_guessing() -> None:
    one = only(ftp(*guesses("abcdef")), "ftp-brute-force")
    assert (one.hits, one.severity, one.evidence["distinct_accounts"]) == (24, "warning", 6)
    assert silent(ftp(*guesses("ab")), "ftp-brute-force")


def test_ftp_guessing_that_succeeded() -> None:
    entered = [
        ftp_row("USER b", "331 0 0", 500, "203.0.113.66"),
        ftp_row("PASS ***", "230 0 0", 501, "203.0.113.66", "FTP01\\b"),
    ]
    one = only(ftp(*guesses("abcdef"), *entered), "ftp-brute-force")
    assert one.severity == "critical"
    assert {entry["account"]: entry["hits"] for entry in one.evidence["accounts"]}["b"] == 4
    # somebody else got in from somewhere else
    elsewhere = [row.replace("203.0.113.66", "192.0.2.1") for row in entered]
    assert only(ftp(*guesses("abcdef"), *elsewhere), "ftp-brute-force").severity == "warning"


def test_ftp_guessing_under_iis_6_names_no_account_on_success() -> None:
    fields = "time c-ip cs-method cs-uri-stem sc-status sc-win32-status"
    lines = [
        f"08:{n:02}:00 203.0.113.66 [{n}]{verb}\n"
        for n in range(12)
        for verb in (f"USER u{n} 331 0", "PASS - 530 1326")
    ]
    lines += ["08:30:00 203.0.113.66 [99]USER u3 331 0\n", "08:30:01 203.0.113.66 [99]PASS - 230 0\n"]
    summary = of(MSFTPSVC1=f"{HEADER}#Fields: {fields}\n" + "".join(lines))
    one = only(summary, "ftp-brute-force")
    assert (one.hits, one.severity) == (12, "critical")


def test_an_ftp_job_with_a_stale_password() -> None:
    assert only(ftp(*guesses("a", each=12)), "ftp-logon-failures").hits == 12
    assert silent(ftp(*guesses("a", each=9)), "ftp-logon-failures")


def test_anonymous_first_is_no_attack() -> None:
    first = [
        row
        for n in range(30)
        for row in (
            ftp_row("USER anonymous", "331 0 0", 10 * n),
            ftp_row("PASS IEUser@", "530 1326 42", 10 * n + 1),
            ftp_row("USER karin", "331 0 0", 10 * n + 2),
            ftp_row("PASS ***", "230 0 0", 10 * n + 3, user="FTP01\\karin"),
        )
    ]
    summary = ftp(*first)
    assert only(summary, "ftp-anonymous-first").hits == 30
    assert silent(summary, "ftp-brute-force")
    assert silent(summary, "ftp-logon-failures")
    assert silent(ftp(*[row for row in first if "karin" not in row]), "ftp-anonymous-first")


def test_data_channels() -> None:
    passive = [ftp_row("PASV -", "227 0 0"), *[ftp_row("STOR a.xml", "425 10060 0", n) for n in range(4)]]
    assert "passive mode" in only(ftp(*passive), "ftp-passive").explanation()
    active = [ftp_row("PORT 1,2,3,4,5,6", "200 0 0"), *[ftp_row("STOR a.xml", "425 1236 0", n) for n in range(4)]]
    assert "active mode" in only(ftp(*active), "ftp-passive").explanation()
    assert silent(ftp(*passive[:3]), "ftp-passive")


def test_permission_is_told_from_absence() -> None:
    denied = ftp(*[ftp_row("STOR a.xml", "550 5 2", n) for n in range(4)])
    absent = ftp(*[ftp_row("RETR a.xml", "550 2 3", n) for n in range(6)])
    assert only(denied, "ftp-no-permission").severity == "warning"
    assert silent(denied, "ftp-not-found")
    assert only(absent, "ftp-not-found").severity == "info"
    assert silent(absent, "ftp-no-permission")


def test_transfers_that_break_off() -> None:
    broken = [ftp_row("RETR a.zip", "426 64 20", n) for n in range(4)]
    assert only(ftp(*broken), "ftp-dropped").severity == "warning"
    assert only(ftp(*broken, *[ftp_row("RETR b.zip", second=n) for n in range(100)]), "ftp-dropped").severity == "info"
    assert only(ftp(ftp_row("PASS ***", "530 5 33")), "ftp-home-directory").hits == 1


# --- Out of the ordinary ----------------------------------------------------------------------------------------------
def quiet_day(errors: int = 0) -> list[str]:
    return [
        row
        for n in range(40)
        for row in (*rows(20, start=900 * n), *rows(errors, "404 0 2", "/old", start=900 * n + 30))
    ]


def test_a_burst_of_errors() -> None:
    one = only(of_rows(*quiet_day(), *rows(120, "503 0 0", "/a", start=20 * 900)), "error-burst")
    assert (one.hits, one.severity) == (120, "critical")
    assert one.evidence["statuses"][0]["status"] == 503
    assert silent(of_rows(*quiet_day()), "error-burst")
    assert silent(of_rows(*quiet_day(), *rows(9, "503 0 0", "/a", start=20 * 900)), "error-burst")


def test_a_level_that_was_always_there_is_no_burst() -> None:
    assert silent(of_rows(*quiet_day(errors=30)), "error-burst")
    assert told(of_rows(*quiet_day(errors=30), *rows(200, "404 0 2", "/x", start=20 * 900)), "error-burst")


def test_more_visitors_make_more_errors_and_no_burst() -> None:
    crowd = [*rows(800, start=20 * 900), *rows(40, "404 0 2", "/old", start=20 * 900)]
    assert silent(of_rows(*quiet_day(errors=1), *crowd), "error-burst")


def test_a_burst_steps_back_for_its_reason() -> None:
    summary = of_rows(*quiet_day(), *rows(120, "500 19 183", "/a/{n}", start=20 * 900))
    assert silent(summary, "error-burst")
    assert told(summary, "config-error")


def test_a_level_that_rose() -> None:
    def days(first: int, last: int, errors: int) -> list[str]:
        # dates of two months, written as days from 1 October
        names = [f"2026-10-{day:02}" if day <= 31 else f"2026-11-{day - 31:02}" for day in range(first, last)]
        return [
            row for day in names for row in (*rows(50, date=day), *rows(errors, "404 0 2", "/x", date=day, step=900))
        ]

    one = only(of_rows(*days(1, 21, 1), *days(21, 41, 5)), "level-shift")
    assert (one.hits, one.evidence["days_before"]) == (100, 20)
    assert silent(of_rows(*days(1, 41, 3)), "level-shift")
    assert silent(of_rows(*days(1, 21, 0), *days(21, 22, 30), *days(22, 41, 0)), "level-shift")  # one bad day


# --- Classic ASP, certificates ----------------------------------------------------------------------------------------
def test_asp_errors_are_grouped() -> None:
    sql = rows(11, "500 0 0", "/list.asp", query="id={n}|22|80040e14|Incorrect_syntax")
    cdbl = rows(2, "500 0 0", "/list.asp", query="|17|800a000d|Type_mismatch:_'CDbl'")
    one = only(of_rows(*sql, *cdbl), "asp-error")
    assert (one.hits, one.evidence["distinct_errors"], one.severity) == (13, 2, "warning")
    assert "parameters" in one.explanation()
    assert only(of_rows(*cdbl), "asp-error").severity == "info"
    assert silent(of_rows(*rows(20, "500 0 0", "/a.aspx")), "asp-error")


def test_client_certificates() -> None:
    assert "expired" in only(of_rows(*rows(1, "403 17 2148204801")), "client-certificate").explanation()
    assert only(of_rows(*rows(1, "403 16 2148204809")), "client-certificate").severity == "warning"
    assert only(of_rows(*rows(3, "403 7 0")), "client-certificate").severity == "info"
    assert silent(of_rows(*rows(3, "403 14 0")), "client-certificate")


# --- The logs themselves ----------------------------------------------------------------------------------------------
def test_fields_that_are_off() -> None:
    fields = "date time s-ip cs-method cs-uri-stem c-ip sc-status"
    summary = of(W3SVC1=http_log("2026-11-16 08:00:00 10.0.0.1 GET / 192.0.2.1 200\n", fields=fields))
    one = only(summary, "log-fields-off")
    assert {entry["field"] for entry in one.evidence["fields"]} >= {"sc-substatus", "sc-win32-status", "time-taken"}
    assert "slow pages" in one.explanation()
    assert silent(of_rows(*rows(3)), "log-fields-off")  # bytes alone are off everywhere


def test_torn_lines() -> None:
    assert only(of_rows(*rows(3), "2026-11-16 08:\n"), "log-quality").severity == "warning"
    assert only(of_rows(*rows(300), "2026-11-16 08:\n"), "log-quality").severity == "info"
    assert silent(of_rows(*rows(3)), "log-quality")


def test_a_clock_that_was_set_back() -> None:
    later = HEADER.replace("2026-11-16", "2026-11-18")
    text = http_log(*rows(2)).replace(HEADER, later) + http_log(*rows(2))
    assert only(of(W3SVC1=text), "log-clock").hits == 1
    assert silent(of_rows(*rows(3)), "log-clock")


def test_a_missing_day() -> None:
    def day(number: int) -> list[str]:
        return rows(200, date=f"2026-11-{number:02}", step=150)

    week = [row for number in (2, 3, 4, 6, 9, 10) for row in day(number)]  # Thursday 5 is missing
    one = only(of_rows(*week), "log-gap")
    assert one.evidence["gaps"][0]["expected"] >= 190
    assert silent(of_rows(*week, *day(5)), "log-gap")
    assert silent(of_rows(*day(2), *day(4)), "log-gap")  # too few days to tell


def test_proxies_that_hide_their_clients() -> None:
    fields = "date time cs-method cs-uri-stem c-ip sc-status X-Forwarded-For"
    lines = [f"2026-11-16 {clock(n)} GET / 10.0.0.250 200 192.0.2.{n}\n" for n in range(60)]
    assert only(of(W3SVC1=http_log(*lines, fields=fields)), "forwarded-clients").evidence["field"] == "X-Forwarded-For"
    assert silent(of_rows(*rows(60)), "forwarded-clients")


# --- What strangers write ---------------------------------------------------------------------------------------------
def test_texts_are_harmless_whatever_the_log_holds() -> None:
    name = HOSTILE.replace(" ", "+")
    summary = of_rows(
        *rows(12, "500 19 183", name, client="192.0.2.{n}"),
        *rows(12, "401 1 1326", name, user=name),
        *rows(12, "500 0 0", name, query=f"|1|80040e14|{name}"),
        *rows(120, "404 0 2", name + "/{n}", client="192.0.2.66"),
        *rows(30, "200 0 64", name, taken="30000", start=500),
    )
    found = findings(summary)
    assert {one.id for one in found} >= {"config-error", "logon-failures", "asp-error", "scan"}
    for one in found:
        for lang in ("en", "zh"):
            text = one.title(lang) + one.explanation(lang) + one.advice(lang)
            assert "\x1b" not in text
        assert "<script>" not in one._repr_html_()


def test_rows_without_clients_urls_or_codes() -> None:
    fields = "date time sc-status"
    lines = [f"2026-11-16 {clock(n)} {status}\n" for n in range(60) for status in (401, 404, 500, 503)]
    for one in findings(of(W3SVC1=http_log(*lines, fields=fields))):
        assert one.hits >= 0
        assert one.to_dict()["title"]


@pytest.mark.parametrize("id", list(RULES))
def test_each_rule_is_silent_on_an_ordinary_day(id: str) -> None:
    day = [row for n in range(96) for row in rows(3, start=300 * n, user="-", referer=SHOP)]
    assert RULES[id](of_rows(*day)) == []


def test_rules_do_not_change_the_summary() -> None:
    summary = of_rows(*rows(30, "500 19 183"), *rows(30, "401 1 1326", user="A\\b"))
    before = repr([(name, getattr(summary, name)) for name in ("events", "spans", "logons", "status_uris")])
    assert findings(summary) == findings(summary)
    assert repr([(name, getattr(summary, name)) for name in ("events", "spans", "logons", "status_uris")]) == before


def test_a_command_holds_no_text_of_a_stranger() -> None:
    client = '"&calc&"'
    summary = of_rows(*rows(120, "404 0 2", "/x{n}", client=client))
    one = only(summary, "scan")
    assert one.evidence["clients"][0]["client"] == client
    assert "--client ADDRESS" in one.advice()


def test_a_botnet_fills_no_pages() -> None:
    guess = [row for n in range(20) for row in rows(10 + n, "401 1 1326", user="A\\u{n}", client=f"192.0.2.{n}")]
    found = told(of_rows(*guess), "password-guessing")
    assert len(found) == 6
    assert sum(one.hits for one in found) == sum(10 + n for n in range(20))
    assert max(one.evidence["distinct_clients"] for one in found) == 15
    scan = [row for n in range(20) for row in rows(25, "404 0 2", f"/{n}/{{n}}", client=f"192.0.2.{n}")]
    assert [one.evidence["distinct_clients"] for one in told(of_rows(*scan), "scan")] == [15, 1, 1, 1, 1, 1]
