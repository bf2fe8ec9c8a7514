"""Write the sample logs: four weeks of one invented company, with known troubles inside.

`make_samples.py` writes the folders beside it, README.md and truth.json; `make_samples.py --check` compares
them with what it would write. Same bytes on every run: all chance comes from seeds. The rows are made once,
and counted a second time from the finished bytes by plain splitting; the two counts must agree before
anything is written.
"""

# Calls that make a log row read better as filled lines than with one field a line.
# fmt: off

from __future__ import annotations

import json
import random
import statistics
import sys
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
START = datetime(2026, 10, 26)
DAYS = [START + timedelta(days=n) for n in range(28)]
WEEKS = ["2026-W44", "2026-W45", "2026-W46", "2026-W47"]
NTLM_FIRST_LEG = "2148074254"  # SEC_E_NO_CREDENTIALS
LIMIT = 3_000_000  # bytes, for the whole folder


def words(text: str) -> list[str]:
    """The blank-separated words of a text."""
    return text.split()


EDGE = (
    "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)"
    "+Chrome/153.0.0.0+Safari/537.36+Edg/153.0.0.0"
)
CHROME = EDGE.removesuffix("+Edg/153.0.0.0")
FIREFOX = "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64;+rv:151.0)+Gecko/20100101+Firefox/151.0"
IPHONE = (
    "Mozilla/5.0+(iPhone;+CPU+iPhone+OS+18_7+like+Mac+OS+X)+AppleWebKit/605.1.15+(KHTML,+like+Gecko)"
    "+Version/26.1+Mobile/15E148+Safari/604.1"
)
TRIDENT = "Mozilla/5.0+(Windows+NT+10.0;+WOW64;+Trident/7.0;+rv:11.0)+like+Gecko"
BOT = "Mozilla/5.0+(compatible;+ExampleBot/2.1;++http://www.example.com/bot.html)"
INTRANET = "https://intranet.lindqvist-optik.example"
SHOP = "https://shop.lindqvist-optik.example"

IIS10 = words(
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
    "cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
)
IIS10_BYTES = [*IIS10[:-1], "sc-bytes", "cs-bytes", "time-taken"]
IIS10_FORWARDED = [*IIS10_BYTES, "X-Forwarded-For"]
IIS6 = words(
    "date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) sc-status sc-substatus sc-win32-status"
)
IIS6_TIME = [*IIS6, "time-taken"]
FTP6 = words("time c-ip cs-method cs-uri-stem sc-status sc-win32-status")
FTP10 = words(
    "date time c-ip cs-username s-ip s-port cs-method cs-uri-stem sc-status sc-win32-status "
    "sc-substatus x-session x-fullpath"
)
HTTPERR = words(
    "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri streamid sc-status s-siteid "
    "s-reason s-queuename"
)
HTTPERR_2025 = [*HTTPERR[:10], "streamid_ex", *HTTPERR[10:], "transport"]


def at(text: str) -> datetime:
    """The UTC time written as `MM-DD HH:MM:SS` of 2026."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M:%S")


def week(when: datetime) -> str:
    year, number, _ = when.isocalendar()
    return f"{year}-W{number}"


POOL_DOWN = (at("11-16 08:12:00"), at("11-16 09:05:00"))
BAD_DEPLOYMENT = (at("11-17 10:02:00"), at("11-17 10:49:00"))
REDESIGN = at("11-11 09:00:00")
ASP_BREAKS = at("11-12 14:30:00")
BYTES_ON = at("11-04 09:30:00")
FORWARDED_ON = at("11-09 00:00:00")
PATCH_NIGHT = at("11-11 03:00:00")
SCANNER = "198.51.100.77"
ATTACKER = "203.0.113.66"
TORN_DAY = "u_ex261107.log"


@dataclass(slots=True)
class Row:
    """One request: when it ended (UTC), its values by W3C name, and the story it belongs to."""

    when: datetime
    values: dict[str, str]
    story: str = ""
    delay: int = 0  # seconds that the row was written late, so that rows stand slightly out of order

    @property
    def written(self) -> datetime:
        return self.when + timedelta(seconds=self.delay)


@dataclass(slots=True)
class Site:
    """The rows of one log folder while they are made, and the chance they are made with."""

    folder: str
    service: str
    rng: random.Random
    rows: list[Row] = field(default_factory=list)

    def add(self, when: datetime, story: str = "", **values: object) -> None:
        late = self.rng.choice((1, 2)) if values.get("sc_status") == 200 and self.rng.random() < 0.06 else 0
        names = {name: str(value) for name, value in values.items()}
        self.rows.append(
            Row(when.replace(microsecond=0), {W3C[name]: text for name, text in names.items()}, story, late)
        )


W3C = {
    name.lower().replace("(user-agent)", "_agent").replace("(referer)", "_referer").replace("-", "_"): name
    for name in {*IIS10_FORWARDED, *IIS6_TIME, *FTP6, *FTP10, *HTTPERR_2025}
}


def moments(rng: random.Random, day: datetime, count: int, hours: Sequence[int]) -> list[datetime]:
    """`count` times of the day, in order, at the hours given (an hour named twice is twice as busy)."""
    return sorted(
        day + timedelta(hours=rng.choice(hours), seconds=rng.uniform(0, 3599)) for _ in range(count)
    )


def lasting(rng: random.Random, median: float, spread: float = 0.35) -> int:
    """A time-taken in milliseconds, log-normal around its median."""
    return max(1, round(rng.lognormvariate(0.0, spread) * median))


# --- W3SVC1: the intranet, Windows authentication -----------------------------------------------------------

STAFF = words(
    "anna.ek bo.lund cecilia.berg david.holm elin.strand fredrik.dahl greta.nord hanna.sjo ivar.lind "
    "johan.falk karin.wik lars.ahl maja.bro nils.gran olle.ryd petra.hag rolf.moe sara.vik tomas.alm "
    "ulla.kvist"
)
TIMESHEET = [
    "/timesheet/default.aspx", "/timesheet/week.aspx", "/timesheet/month.aspx", "/timesheet/api/entries",
    "/timesheet/api/projects", "/timesheet/content/timesheet.css",
]
OFFICE = [
    "/default.aspx", "/news/default.aspx", "/phonebook/search.aspx", "/hr/holiday.aspx",
    "/documents/default.aspx", "/canteen/menu.aspx", "/content/site.css", "/scripts/menu.js",
]


def intranet(errors: Site) -> Site:
    """The intranet's rows; what HTTP.sys refused while the pool was down goes to `errors`."""
    site = Site("W3SVC1", "http", random.Random("intranet"))
    for day in DAYS:
        workday = day.weekday() < 5
        for when in moments(
            site.rng, day, 54 if workday else 2, (7, 7, 8, 8, 8, 9, 9, 10, 10, 11, 12, 12, 13, 13, 14, 14, 15)
        ):
            pages = site.rng.choices(OFFICE + TIMESHEET, k=site.rng.randint(1, 3))
            intranet_visit(site, errors, when, site.rng.randrange(len(STAFF)), pages)
        if day.weekday() == 1:
            mistyped_password(site, day + timedelta(hours=7, minutes=2), (day - START).days // 7 + 3)
        if day.weekday() in (0, 3):  # an old bookmark, all four weeks
            person = site.rng.randrange(len(STAFF))
            intranet_row(
                site, day + timedelta(hours=12, minutes=40), person, "/documents/form-17.pdf", "404 0 2", 9
            )
    for minute in range(0, 52, 2):  # people try again while the pool is down
        intranet_visit(
            site, errors, POOL_DOWN[0] + timedelta(minutes=minute, seconds=20), minute % len(STAFF),
            [OFFICE[minute // 2 % 6], "/timesheet/default.aspx"],
        )
    refused(errors, POOL_DOWN[1] - timedelta(seconds=14), "10.20.1.31", "/default.aspx")
    intranet_visit(site, errors, POOL_DOWN[0] - timedelta(seconds=52), 4, ["/default.aspx"])
    intranet_visit(
        site, errors, POOL_DOWN[1] + timedelta(seconds=31), 2, ["/default.aspx", "/news/default.aspx"]
    )
    for number in range(24):
        when = BAD_DEPLOYMENT[0] + timedelta(seconds=11 + number * 121.75)
        for step, page in enumerate(site.rng.sample(TIMESHEET, 2)):
            timesheet_broken(
                site, min(when + timedelta(seconds=step), at("11-17 10:48:52")), number % len(STAFF), page
            )
    scan_to_mail(site)
    intranet_row(
        site, at("11-13 15:31:07"), 0, "/signalr/connect", "200 0 64", 29_411_203, "long-lived",
        "transport=webSockets&clientProtocol=2.1&connectionToken=Qx7pZ1",
    )
    return site


def intranet_row(
    site: Site, when: datetime, person: int, page: str, outcome: str, taken: int, story: str = "",
    query: str = "-", user: bool = True, **more: Any,
) -> None:
    status, substatus, win32 = outcome.split()
    site.add(
        when,
        story,
        **{
            "s_ip": "10.50.0.11", "cs_method": "GET", "cs_uri_stem": page, "cs_uri_query": query,
            "s_port": 443, "cs_username": f"LINDQVIST\\{STAFF[person]}" if user else "-",
            "c_ip": f"10.20.1.{30 + person}", "cs_agent": EDGE if person % 3 == 1 else TRIDENT,
            "cs_referer": "-" if page == "/default.aspx" else f"{INTRANET}/", "sc_status": int(status),
            "sc_substatus": substatus, "sc_win32_status": win32, "time_taken": taken, **more,
        },
    )


def intranet_visit(site: Site, errors: Site, when: datetime, person: int, pages: Sequence[str]) -> None:
    """One person opens a few pages: first the handshake (Kerberos: one leg, NTLM: two), then the pages."""
    known = False
    for page in pages:
        if POOL_DOWN[0] <= when < POOL_DOWN[1]:
            refused(errors, when, f"10.20.1.{30 + person}", page)
        elif BAD_DEPLOYMENT[0] <= when < BAD_DEPLOYMENT[1] and page in TIMESHEET:
            timesheet_broken(site, when, person, page)
        else:
            if not known:
                intranet_row(
                    site, when, person, page, "401 2 5", site.rng.randint(1, 9), "auth-handshake", user=False
                )
                if person % 3:
                    intranet_row(
                        site, when, person, page, f"401 1 {NTLM_FIRST_LEG}", site.rng.randint(1, 5),
                        "auth-handshake", user=False,
                    )
                known = True
            static = page.endswith((".css", ".js")) and site.rng.random() < 0.7
            intranet_row(
                site, when, person, page, "304 0 0" if static else "200 0 0",
                lasting(site.rng, 4 if static else 60),
            )
        when += timedelta(seconds=site.rng.randint(2, 40))


def timesheet_broken(site: Site, when: datetime, person: int, page: str) -> None:
    """Story: a web.config with a section defined twice; authentication is not even reached."""
    intranet_row(
        site, when, person, page, "500 19 183", site.rng.randint(1, 12), "bad-deployment", user=False
    )


def mistyped_password(site: Site, when: datetime, person: int) -> None:
    """Once a week somebody mistypes; no story, and no attack."""
    page = "/default.aspx"
    for second, result, taken in ((0, "401 2 5", 3), (9, "401 1 1326", 31), (16, "200 0 0", 74)):
        story = "auth-handshake" if result == "401 2 5" else ""
        intranet_row(
            site, when + timedelta(seconds=second), person, page, result, taken, story, user=second > 0
        )


def scan_to_mail(site: Site) -> None:
    """Story: a copier keeps trying an old password, 60 times in 10 minutes."""
    copier: dict[str, Any] = {
        "c_ip": "10.20.4.77", "cs_agent": "ScanStation/4.2", "cs_referer": "-", "cs_method": "POST",
    }
    for number in range(60):
        when = at("11-04 13:20:03") + timedelta(seconds=number * 10 + site.rng.randint(0, 3))
        intranet_row(site, when, 0, "/scan/upload.aspx", "401 2 5", 2, "auth-handshake", user=False, **copier)
        intranet_row(
            site, when, 0, "/scan/upload.aspx", "401 1 1326", site.rng.randint(15, 40), "logon-failures",
            **copier, cs_username="LINDQVIST\\scan2mail",
        )


# --- W3SVC2: the public shop --------------------------------------------------------------------------------

ABROAD = [f"{net}.{host}" for net in ("192.0.2", "198.51.100", "203.0.113") for host in range(100, 240, 2)]
PROXIES = ("10.50.0.250", "10.50.0.251")
PRODUCTS = [
    f"/frames/{name}.html"
    for name in ("aero", "birka", "cirkel", "dalarna", "elegant", "fjord", "glasögon-läs")
]
ASSETS = ["/assets/site.css", "/assets/shop.js", "/assets/logo.svg", "/images/hero.jpg"]
LOST = {"/frames/kids.html": "/frames/", "/offers/autumn.html": "/"}
WORDS = [
    "titanium", "round", "reading+glasses", "kids", "sunglasses", "progressive", "case", "lens+cloth",
    "black",
]
SEARCH_MEDIANS = dict(zip(WEEKS, (180, 260, 420, 900), strict=True))
SHOP_HOURS = (0, 5, 6, 7, 8, 9, 10, 10, 11, 11, 12, 13, 14, 15, 16, 17, 18, 18, 19, 19, 19, 20, 20, 21, 22)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a shop request comes from: direct, or through one of our two proxies."""

    address: str
    agent: str
    proxy: str = ""

    def fields(self, chain: str) -> dict[str, str]:
        if not self.proxy:
            return {"c_ip": self.address, "cs_agent": self.agent}
        return {"c_ip": self.proxy, "cs_agent": self.agent, "x_forwarded_for": chain + self.address}


def shop() -> Site:
    site = Site("W3SVC2", "http", random.Random("shop"))
    shop_row(site, at("10-26 00:00:21"), Visitor("192.0.2.130", CHROME), "/", "200 0 0", 40)
    for day in DAYS:
        for when in moments(site.rng, day, 19 + 3 * (day.weekday() >= 5), SHOP_HOURS):
            shop_visit(site, when, visitor(site.rng, when))
        for when in moments(site.rng, day, 5, SHOP_HOURS):
            catalogue_download(site, when, visitor(site.rng, when))
        bot = Visitor("203.0.113.10", BOT)
        crawl = moments(site.rng, day, 1, (1, 3, 4))[0]
        shop_row(site, crawl, bot, "/robots.txt", "404 0 2", 2)
        shop_row(site, crawl + timedelta(seconds=2), bot, site.rng.choice(PRODUCTS), "200 0 0", 30)
        shop_row(
            site, crawl + timedelta(hours=9), Visitor("192.0.2.140", IPHONE), "/apple-touch-icon.png",
            "404 0 2", 2,
        )
        if day.weekday() == 2:  # one server error a week: background
            shop_row(
                site, day + timedelta(hours=17, minutes=5), Visitor("198.51.100.150", FIREFOX),
                "/basket.aspx", "500 0 0", 95,
            )
    shop_row(
        site, REDESIGN + timedelta(seconds=40), Visitor("192.0.2.122", EDGE), "/frames/kids.html", "404 0 2",
        3, referer="/frames/", story="broken-link",
    )
    vulnerability_scan(site)
    restricted_crawl(site)
    shop_row(
        site, at("11-22 23:59:41"), Visitor("203.0.113.222", IPHONE), "/frames/", "200 0 0", 44, referer="/"
    )
    return site


def visitor(rng: random.Random, when: datetime) -> Visitor:
    proxy = rng.choice(PROXIES) if rng.random() < 0.5 and when >= FORWARDED_ON else ""
    return Visitor(rng.choice(ABROAD), rng.choice((EDGE, CHROME, FIREFOX, FIREFOX, IPHONE)), proxy)


def shop_row(
    site: Site, when: datetime, who: Visitor, page: str, outcome: str, taken: int, *, story: str = "",
    query: str = "-", referer: str = "", method: str = "GET", size: int = 0,
) -> None:
    status, substatus, win32 = outcome.split()
    chain = "203.0.113.7,+" if site.rng.random() < 0.05 else ""
    if referer.startswith("/"):
        referer = SHOP + referer
    size = size or {"304": 150, "404": 1245}.get(status, site.rng.randint(2_000, 40_000))
    site.add(
        when, story, s_ip="10.50.0.12", cs_method=method, cs_uri_stem=page, cs_uri_query=query, s_port=443,
        cs_referer=referer or "-", sc_status=int(status), sc_substatus=substatus, sc_win32_status=win32,
        sc_bytes=size, cs_bytes=site.rng.randint(310, 900), time_taken=taken, **who.fields(chain),
    )


def shop_visit(site: Site, when: datetime, who: Visitor) -> None:
    rng = site.rng
    shop_row(
        site, when, who, "/", "200 0 0", lasting(rng, 45),
        referer=rng.choice(["", "https://search.example.com/"]),
    )
    asset = rng.choice(ASSETS)
    shop_row(site, when, who, asset, rng.choice(["200 0 0", "304 0 0"]), lasting(rng, 3), referer="/")
    if rng.random() < 0.9:
        when += timedelta(seconds=rng.randint(4, 40))
        shop_row(
            site, when, who, "/search", "200 0 0", lasting(rng, SEARCH_MEDIANS[week(when)]),
            query=f"q={rng.choice(WORDS)}", referer="/", story="getting-slower",
        )
    for page in rng.sample(PRODUCTS, rng.randint(0, 2)):
        when += timedelta(seconds=rng.randint(4, 60))
        shop_row(site, when, who, page, "200 0 0", lasting(rng, 55), referer="/search")
    if rng.random() < 0.35:
        when += timedelta(seconds=rng.randint(4, 40))
        page = rng.choice(list(LOST))
        gone = when >= REDESIGN
        shop_row(
            site, when, who, page, "404 0 2" if gone else "200 0 0", 3 if gone else lasting(rng, 50),
            referer=LOST[page], story="broken-link" if gone else "",
        )
    if rng.random() < 0.2:
        when += timedelta(seconds=rng.randint(20, 90))
        shop_row(
            site, when, who, "/basket.aspx", "302 0 0", lasting(rng, 90), referer="/search", method="POST"
        )
        shop_row(site, when, who, "/checkout.aspx", "200 0 0", lasting(rng, 120), referer="/basket.aspx")


def catalogue_download(site: Site, when: datetime, who: Visitor) -> None:
    """Story from W46 on: six of ten clients leave before the catalogue has come down."""
    page = "/downloads/catalogue.pdf"
    if week(when) in WEEKS[2:] and site.rng.random() < 0.6:
        shop_row(
            site, when, who, page, "200 0 64", site.rng.randint(20_000, 60_000), referer="/",
            story="hang-ups", size=site.rng.randint(300_000, 2_000_000),
        )
    else:
        shop_row(site, when, who, page, "200 0 0", lasting(site.rng, 2_500), referer="/", size=8_412_331)


def vulnerability_scan(site: Site) -> None:
    """Story: one client asks for 300 things that a shop should not have, in 20 minutes of one night."""
    bases = words(
        "wp-login.php wp-admin/setup.php xmlrpc.php phpinfo.php admin.php shell.php test.php cmd.asp "
        "upload.aspx login.jsp setup.cgi manager.do index.php config.php adminer.php owa.aspx server.php "
        "backup.zip"
    )
    folders = (
        "admin", "blog", "cms", "old", "test", "dev", "backup", "wordpress", "phpmyadmin", "portal", "api",
        "shop",
    )
    probes = [(f"/{base}", "404 0 2") for base in bases]
    probes += [(f"/{folder}/{base}", "404 0 3") for folder in folders for base in bases]
    probes += [
        (f"/{name}.{kind}", "404 7 0")
        for name in ("web", "global", "users", "orders", "app", "db")
        for kind in ("config", "mdb", "cs", "ldf", "asax")
    ]
    probes += [
        (f"/{hidden}/{name}", "404 8 0")
        for hidden in ("bin", "App_Data", "App_Code")
        for name in ("a.dll", "users.xml", "x.txt", "shop.db", "key.pem", "log.txt", "web.xml", "pass.txt")
    ]
    probes += [
        (f"/{folder}/..%255c..%255c{name}", "404 11 0")
        for folder in ("scripts", "images", "assets")
        for name in ("cmd.exe", "boot.ini", "hosts", "sam", "win.ini", "x")
    ]
    probes = probes[6:]
    site.rng.shuffle(probes)
    who = Visitor(SCANNER, "Mozilla/5.0+(compatible;+Nmap+Scripting+Engine;+https://nmap.org/book/nse.html)")
    for number, (page, outcome) in enumerate(probes):
        when = at("11-05 02:10:04") + timedelta(seconds=number * 1187 / (len(probes) - 1))
        shop_row(site, when, who, page, outcome, site.rng.randint(1, 9), story="vulnerability-scan")


def restricted_crawl(site: Site) -> None:
    """Story: the scan client comes back; dynamic IP restriction, in logging-only mode, only notes it."""
    who = Visitor(SCANNER, "python-requests/2.32.5")
    for number in range(45):
        when = at("11-15 03:20:06") + timedelta(seconds=number * 6)
        shop_row(
            site, when, who, PRODUCTS[number % 6], "200 501 0", lasting(site.rng, 50),
            story="dynamic-ip-restriction",
        )


# --- W3SVC3: the old order site of the dealers, classic ASP on IIS 6 ----------------------------------------

DEALERS = [f"192.0.2.{host}" for host in (11, 14, 19, 23, 27, 31, 38, 42)]
ASP_ERRORS = (
    "|22|80040e14|[Microsoft][ODBC_SQL_Server_Driver][SQL_Server]Incorrect_syntax_near_','.",
    "|17|800a000d|Type_mismatch:_'CDbl'",
)


def dealers() -> Site:
    site = Site("W3SVC3", "http", random.Random("dealers"))
    for day in DAYS:
        for when in moments(site.rng, day, 13 if day.weekday() < 5 else 1, (7, 8, 9, 10, 12, 13, 14, 15)):
            dealer_visit(site, when, site.rng.choice(DEALERS))
        if day.weekday() == 0:
            dealer_row(site, day + timedelta(hours=7, minutes=30), DEALERS[0], "/favicon.ico", "-", "404 0 2")
    dealer_list(site, ASP_BREAKS + timedelta(seconds=8), DEALERS[2], 0.0)
    return site


def dealer_row(
    site: Site, when: datetime, client: str, page: str, query: str, outcome: str, method: str = "GET",
    story: str = "",
) -> None:
    status, substatus, win32 = outcome.split()
    site.add(
        when, story, s_sitename="W3SVC3", s_ip="10.50.0.13", cs_method=method, cs_uri_stem=page,
        cs_uri_query=query, s_port=80, cs_username="-", c_ip=client, cs_agent=TRIDENT, sc_status=int(status),
        sc_substatus=substatus, sc_win32_status=win32, time_taken=lasting(site.rng, 70),
    )


def dealer_visit(site: Site, when: datetime, client: str) -> None:
    dealer_row(site, when, client, "/login.asp", "-", "302 0 0", "POST")
    dealer_row(site, when, client, "/orders/default.asp", "-", "200 0 0")
    when += timedelta(seconds=site.rng.randint(5, 30))
    dealer_list(site, when, client, site.rng.random())
    for _ in range(site.rng.randint(0, 2)):
        when += timedelta(seconds=site.rng.randint(5, 30))
        dealer_row(
            site, when, client, "/orders/detail.asp", f"id={site.rng.randint(48_000, 52_000)}", "200 0 0"
        )
    if site.rng.random() < 0.5:
        dealer_row(site, when, client, "/stock/level.asp", f"sku={site.rng.randint(100, 999)}", "200 0 0")


def dealer_list(site: Site, when: datetime, client: str, chance: float) -> None:
    """The list of orders; from `ASP_BREAKS` on three of four tries fail, a fifth of them in another line."""
    query = f"status=open&page={site.rng.randint(1, 3)}"
    if when < ASP_BREAKS or chance > 0.75:
        dealer_row(site, when, client, "/orders/list.asp", query, "200 0 0")
    elif chance > 0.6:
        dealer_row(site, when, client, "/orders/list.asp", ASP_ERRORS[1], "500 0 0", story="asp-error")
    else:
        dealer_row(
            site, when, client, "/orders/list.asp", query + ASP_ERRORS[0], "500 0 0", story="asp-error"
        )


# --- MSFTPSVC1: FTP of IIS 6 --------------------------------------------------------------------------------


PRICE_LISTS = words("pl stock frames lenses cases cloths kids sun sport spares promo returns")


def old_ftp() -> Site:
    site = Site("MSFTPSVC1", "ftp", random.Random("old ftp"))
    for day in DAYS:
        stamp = (day - timedelta(days=1)).strftime("%Y%m%d")
        old_ftp_session(
            site, day + timedelta(hours=1, minutes=30, seconds=2), "198.51.100.20", "nordglas",
            [("sent", f"/prices/{name}_{stamp}.csv", "226 0") for name in PRICE_LISTS],
        )
        if day.weekday() < 5:
            for when in moments(site.rng, day, 8, range(7, 16)):
                old_ftp_session(
                    site, when, "192.0.2.31", "slipverkstad",
                    [("created", f"/lab/job_{site.rng.randint(10_000, 99_999)}.xml", "226 0")],
                )
        if day.weekday() in (1, 4):
            old_ftp_session(
                site, day + timedelta(hours=17, minutes=12), "203.0.113.54", "anonymous",
                [("sent", "/public/opening-hours.txt", "226 0")], "guest@example.com",
            )
        if day.weekday() == 6:  # asked for once a week, never there: background
            old_ftp_session(
                site, day + timedelta(hours=3), "198.51.100.20", "nordglas",
                [("sent", "/prices/weekly.csv", "550 2")],
            )
    number_sessions(site)
    return site


def old_ftp_session(
    site: Site, when: datetime, client: str, user: str, actions: Sequence[tuple[str, str, str]],
    password: str = "-",
) -> None:
    steps = [("USER", user, "331 0"), ("PASS", password, "230 0"), *actions, ("QUIT", "-", "226 0")]
    for verb, argument, outcome in steps:
        status, win32 = outcome.split()
        site.add(
            when, c_ip=client, cs_method=verb, cs_uri_stem=argument, sc_status=int(status),
            sc_win32_status=win32,
        )
        when += timedelta(seconds=site.rng.randint(0, 2))


def number_sessions(site: Site) -> None:
    """Session numbers run on for weeks, and start at 1 again with the service."""
    site.rows.sort(key=lambda row: row.when)
    number, restarted = 0, False
    for row in site.rows:
        row.delay = 0
        if row.when >= PATCH_NIGHT and not restarted:
            number, restarted = 0, True
        number += row.values["cs-method"] == "USER"
        row.values["cs-method"] = f"[{number}]{row.values['cs-method']}"


# --- FTPSVC2: FTP of IIS 10 ---------------------------------------------------------------------------------

LABS = {
    "optolab": "192.0.2.60", "glasgruppen": "198.51.100.61", "visby": "192.0.2.45",
    "malmolab": "203.0.113.62",
}
GUESSES = words(
    "admin administrator root ftp ftpuser test guest user backup www web webmaster oracle postgres "
    "mysql sql support info sales office shop optik lindqvist lindqvist-optik butik order orders "
    "lager ekonomi vd anna bo karin lars johan maria erik service upload download data demo temp "
    "operator manager marketing hr scan printer fax mail dev developer deploy build git svn public "
    "customer kund"
)


@dataclass(slots=True)
class Session:
    """One control channel of FTPSVC2; `say` writes one row."""

    site: Site
    when: datetime
    client: str
    user: str = "-"
    guid: str = ""

    def __post_init__(self) -> None:
        self.guid = str(uuid.UUID(int=self.site.rng.getrandbits(128)))
        self.say("ControlChannelOpened", "-", "- 0 0")

    def say(
        self, verb: str, argument: str, outcome: str, path: str = "-", port: int = 21, story: str = ""
    ) -> None:
        status, win32, substatus = outcome.split()
        self.site.add(
            self.when, story, c_ip=self.client, cs_username=self.user, s_ip="10.50.0.14", s_port=port,
            cs_method=verb, cs_uri_stem=argument, sc_status=status, sc_win32_status=win32,
            sc_substatus=substatus, x_session=self.guid, x_fullpath=path,
        )
        self.when += timedelta(seconds=self.site.rng.choice((0, 0, 1)))

    def login(self, user: str, good: bool = True, story: str = "") -> None:
        self.say("USER", user, "331 0 0")
        self.user = f"FTP01\\{user}" if good else "-"
        self.say("PASS", "***", "230 0 0" if good else "530 1326 41", "/" if good else "-", story=story)

    def transfer(self, verb: str, path: str, story: str = "") -> None:
        port = self.site.rng.randint(50_000, 50_200)
        self.say("PASV", "-", "227 0 0")
        self.say("DataChannelOpened", "-", "- 0 0", port=port)
        self.say("DataChannelClosed", "-", "- 0 0", port=port)
        self.say(verb, path.rsplit("/", 1)[-1], "226 0 0", path, story=story)

    def bye(self) -> None:
        self.say("QUIT", "-", "221 0 0")
        self.say("ControlChannelClosed", "-", "- 0 0")


def new_ftp() -> Site:
    site = Site("FTPSVC2", "ftp", random.Random("new ftp"))
    for day in DAYS:
        for when in moments(site.rng, day, 8 if day.weekday() < 5 else 2, (6, 8, 9, 11, 13, 15, 18)):
            user = site.rng.choice(list(LABS))
            session = Session(site, when, LABS[user])
            session.login(user)
            for _ in range(site.rng.randint(1, 2)):
                session.transfer("STOR", f"/{user}/in/order_{site.rng.randint(10_000, 99_999)}.xml")
            session.bye()
        if day.weekday() in (0, 2, 3):
            anonymous_first(site, day + timedelta(hours=10, minutes=7))
        if day.weekday() == 4:  # once a week a password is mistyped: background
            session = Session(site, day + timedelta(hours=14, minutes=20), LABS["malmolab"])
            session.login("malmolab", good=False)
            session.when += timedelta(seconds=12)
            session.login("malmolab")
            session.bye()
    passive_trouble(site)
    password_attack(site)
    return site


def anonymous_first(site: Site, when: datetime) -> None:
    """Story: Windows Explorer tries anonymous, is refused, and logs on properly."""
    session = Session(site, when, "198.51.100.88")
    session.say("USER", "anonymous", "331 0 0")
    session.say("PASS", "IEUser@", "530 1326 42", story="ftp-anonymous-first")
    session.bye()
    session = Session(site, when + timedelta(seconds=9), "198.51.100.88")
    session.login("karin")
    session.transfer("LIST", "/")
    session.bye()


def passive_trouble(site: Site) -> None:
    """Story: the firewall of one lab lets no passive data channel through."""
    for number in range(18):
        session = Session(site, at("11-03 13:05:10") + timedelta(seconds=number * 154), LABS["visby"])
        session.login("visby")
        session.say("PASV", "-", "227 0 0")
        session.when += timedelta(seconds=21)
        session.say(
            "STOR", f"order_{70_001 + number}.xml", "425 1236 0" if number % 3 == 2 else "425 10060 0",
            f"/visby/in/order_{70_001 + number}.xml", story="ftp-passive",
        )
        session.bye()


def password_attack(site: Site) -> None:
    """Story: 420 guesses in three-try sessions, 60 names seven times each; then one password fits."""
    names = [name for _ in range(7) for name in GUESSES]
    for number in range(140):
        session = Session(site, at("11-21 22:31:05") + timedelta(seconds=number * 33), ATTACKER)
        for name in names[number * 3 : number * 3 + 3]:
            session.when += timedelta(seconds=site.rng.randint(2, 4))
            session.login(name, good=False, story="ftp-attack")
        session.say("ControlChannelClosed", "-", "- 0 0")
    session = Session(site, at("11-21 23:49:12"), ATTACKER)
    session.login("backup", story="ftp-attack-succeeded")
    session.when += timedelta(seconds=25)
    session.transfer("RETR", "/export/customers_2026.csv", story="ftp-attack-succeeded")
    session.bye()


# --- HTTPERR: what HTTP.sys answered by itself --------------------------------------------------------------


def http_errors() -> Site:
    site = Site("HTTPERR", "httperr", random.Random("httperr"))
    for day in DAYS:
        for when in moments(site.rng, day, 40, range(24)):
            http_error(site, when, site.rng.choice(ABROAD), s_reason="Timer_ConnectionIdle")
        for when in moments(site.rng, day, 2, (9, 13, 19)):
            http_error(
                site, when, site.rng.choice(ABROAD), s_reason="Client_Reset", cs_version="HTTP/2",
                cs_method="GET", cs_uri="/images/hero.jpg", s_siteid=2, s_queuename="LindqvistShop",
                streamid=5,
            )
        if day.weekday() in (1, 4, 5):
            http_error(
                site, day + timedelta(hours=4, minutes=44), "198.51.100.200", s_reason="BadRequest",
                cs_version="HTTP/1.1", cs_method="GET", cs_uri="/", sc_status=400,
            )
    return site


def http_error(site: Site, when: datetime, client: str, story: str = "", **values: object) -> None:
    port = site.rng.randint(49_152, 65_535)
    site.add(when, story, c_ip=client, c_port=port, s_ip="10.50.0.12", s_port=443, transport="TCP", **values)


def refused(site: Site, when: datetime, client: str, page: str) -> None:
    """Story: the pool is switched off after its crashes, HTTP.sys answers 503 for it."""
    port = site.rng.randint(49_152, 65_535)
    site.add(
        when, "pool-down", c_ip=client, c_port=port, s_ip="10.50.0.11", s_port=443, cs_version="HTTP/1.1",
        cs_method="GET", cs_uri=page, sc_status=503, s_siteid=1, s_reason="AppOffline",
        s_queuename="LindqvistIntranet", transport="TCP",
    )


# --- From rows to files -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row of a given time goes: file name, field list, software line."""

    name: str
    fields: list[str]
    software: str = "Microsoft Internet Information Services 10.0"


def place(folder: str, when: datetime) -> Place:
    day = when.strftime("%y%m%d")
    iis6 = "Microsoft Internet Information Services 6.0"
    if folder == "HTTPERR":
        return Place(
            "httperr2.log" if when >= FORWARDED_ON else "httperr1.log",
            HTTPERR_2025 if when >= PATCH_NIGHT else HTTPERR, "Microsoft HTTP API 2.0",
        )
    if folder == "MSFTPSVC1":
        return Place(f"ex{day}.log", FTP6, iis6)
    if folder == "W3SVC3":
        return Place(f"ex{day}.log", IIS6 if week(when) == WEEKS[0] else IIS6_TIME, iis6)
    if folder == "FTPSVC2":
        return Place(f"u_ex{day}.log", FTP10)
    if folder == "W3SVC2" and when >= FORWARDED_ON:
        return Place(f"u_ex{day}_x.log", IIS10_FORWARDED)
    return Place(f"u_ex{day}.log", IIS10_BYTES if folder == "W3SVC2" and when >= BYTES_ON else IIS10)


def render(site: Site) -> dict[str, list[str]]:
    """The lines of each file of the site, headers included."""
    files: dict[str, list[str]] = defaultdict(list)
    last: Row | None = None
    old = Place("", [])
    for row in sorted(site.rows, key=lambda row: row.written):
        here = place(site.folder, row.written)
        lines = files[here.name]
        if last is None or here != old or needs_header(site, last.written, row.written):
            lines += [
                f"#Software: {here.software}", "#Version: 1.0", f"#Date: {row.written}",
                "#Fields: " + " ".join(here.fields),
            ]
        values = {"date": row.when.strftime("%Y-%m-%d"), "time": row.when.strftime("%H:%M:%S"), **row.values}
        lines.append(" ".join(values.get(name, "-") for name in here.fields))
        last, old = row, here
    return files


def needs_header(site: Site, before: datetime, now: datetime) -> bool:
    """HTTP.sys closes a site's log after 15 idle minutes and writes a header when it opens it again."""
    restarted = before < PATCH_NIGHT <= now
    return restarted or (site.service == "http" and now - before > timedelta(minutes=15))


def damage(files: dict[str, list[str]]) -> None:
    """Story: five lines that are no rows, and one header with a trailing space, in one file of the shop."""
    lines = files[TORN_DAY]
    headers = [number for number, line in enumerate(lines) if line.startswith("#Fields")]
    lines[headers[1]] += " "
    rows = [number for number, line in enumerate(lines) if not line.startswith("#")]
    first, second, third, fourth, fifth = (rows[len(rows) * part // 6] for part in range(1, 6))
    torn = {
        first: " ".join(lines[first].split()[:7]), second: lines[second][:14],
        third: " ".join(lines[third].split()[9:]),
        fourth: " ".join(lines[fourth].split()[:10]) + lines[fourth], fifth: "<<<<<<< restored from backup",
    }
    for number in sorted(torn, reverse=True):
        lines.insert(number, torn[number])


def build() -> tuple[list[Site], dict[str, bytes]]:
    """All sites with their rows, and the bytes of every log by path."""
    errors = http_errors()
    sites = [intranet(errors), shop(), dealers(), old_ftp(), new_ftp(), errors]
    logs: dict[str, bytes] = {}
    for site in sites:
        files = render(site)
        if site.folder == "W3SVC2":
            damage(files)
        if site.folder == "W3SVC3":  # somebody opened this one in an editor
            files["ex261028.log"][4:4] = ["", ""]
        for name, lines in sorted(files.items()):
            logs[f"{site.folder}/{name}"] = "".join(f"{line}\r\n" for line in lines).encode("utf-8")
    return sites, logs


# --- The second count, from the bytes -----------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """What plain splitting finds in the files of one folder."""

    files: int = 0
    directives: int = 0
    blank: int = 0
    rejected: int = 0
    rows: list[dict[str, str]] = field(default_factory=list)


def count(logs: dict[str, bytes]) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for path, content in logs.items():
        tally = tallies[path.split("/")[0]]
        tally.files += 1
        names: list[str] = []
        day = ""
        for line in content.decode("utf-8").split("\r\n")[:-1]:
            if line.startswith("#"):
                tally.directives += 1
                names = line.split()[1:] if line.startswith("#Fields:") else names
                day = line.split()[1] if line.startswith("#Date:") else day
            elif not line:
                tally.blank += 1
            elif len(line.split(" ")) != len(names):
                tally.rejected += 1
            else:
                row = dict(zip(names, line.split(" "), strict=True))
                tally.rows.append({**row, "when": f"{row.get('date', day)}T{row['time']}Z"})
    return tallies


def key(row: dict[str, str]) -> tuple[str, str, str, str]:
    return (
        row.get("sc-status", "-"), row.get("sc-substatus", "-"), row.get("sc-win32-status", "-"),
        row.get("s-reason", "-"),
    )


@dataclass(frozen=True, slots=True)
class Story:
    """One thing to be found: where, as which finding, and how its rows are told from all others."""

    id: str
    number: int
    folder: str
    finding: str
    match: Callable[[dict[str, str]], bool]
    tale: str


def outcome(*wanted: str) -> Callable[[dict[str, str]], bool]:
    """Whether status, sub-status and win32 of a row are one of these."""
    return lambda row: " ".join(key(row)[:3]) in wanted


def guessed(row: dict[str, str]) -> bool:
    return row["c-ip"] == ATTACKER and row["sc-status"] == "530"


def attack_succeeded(row: dict[str, str]) -> bool:
    return row["c-ip"] == ATTACKER and row["sc-status"] in ("230", "226")


def scanned(row: dict[str, str]) -> bool:
    return row["c-ip"] == SCANNER and row["sc-status"] == "404"


def copier_refused(row: dict[str, str]) -> bool:
    return row["c-ip"] == "10.20.4.77" and outcome("401 1 1326")(row)


def lost(row: dict[str, str]) -> bool:
    return row["sc-status"] == "404" and row["cs(Referer)"].startswith(SHOP)


STORIES = [
    Story(
        "bad-deployment", 1, "W3SVC1", "config-error", outcome("500 19 183"),
        "A release of /timesheet brings a web.config with a section defined twice: every URL of the "
        "application answers 500.19 with win32 183, for 47 minutes, until it is rolled back. All other "
        "pages work.",
    ),
    Story(
        "broken-link", 2, "W3SVC2", "broken-link", lost,
        "Since the redesign went live on Wednesday 09:00, pages of the shop itself link to two addresses "
        "that are gone: 404.0, win32 2, with the shop's own referrer. Before, both answered 200.",
    ),
    Story(
        "vulnerability-scan", 3, "W3SVC2", "scan", scanned,
        "At night one client asks for 300 different things in 20 minutes and gets 404.0 (win32 2 and 3), "
        "404.7, 404.8 and 404.11; nothing is found.",
    ),
    Story(
        "ftp-attack", 4, "FTPSVC2", "ftp-brute-force", guessed,
        "On Saturday night one client guesses passwords for 60 names, seven times each, three tries a "
        "session. (The four other 530.41 rows of the four weeks are mistyped passwords of malmolab, one "
        "each Friday: background.)",
    ),
    Story(
        "ftp-attack-succeeded", 4, "FTPSVC2", "ftp-brute-force, critical", attack_succeeded,
        "Then a password fits: account backup is in (230) and fetches /export/customers_2026.csv (RETR "
        "226).",
    ),
    Story(
        "pool-down", 5, "HTTPERR", "outage", lambda row: row["s-reason"] == "AppOffline",
        "On Monday the application pool of the intranet is switched off after repeated crashes, from 08:12 "
        "to 09:05. HTTPERR has 503 AppOffline for site 1, queue LindqvistIntranet; W3SVC1 has no row at all "
        "in that time.",
    ),
    Story(
        "getting-slower", 6, "W3SVC2", "slower-url", lambda row: row["cs-uri-stem"] == "/search",
        "/search gets slower every week; all its answers are 200, and no other page changes.",
    ),
    Story(
        "hang-ups", 7, "W3SVC2", "client-hang-up", outcome("200 0 64"),
        "From W46 on, six of ten clients leave /downloads/catalogue.pdf before it has come down: 200 with "
        "win32 64 after 20 to 60 seconds. Before, it took about 2.5 seconds and nobody left.",
    ),
    Story(
        "auth-handshake", 8, "W3SVC1", "auth-handshake", outcome("401 2 5", f"401 1 {NTLM_FIRST_LEG}"),
        "All the time: the first legs of Windows authentication (401.2 win32 5; NTLM also 401.1 win32 "
        "2148074254). No failures, and no part of the error rate.",
    ),
    Story(
        "asp-error", 9, "W3SVC3", "asp-error", lambda row: row["sc-status"] == "500",
        "From Thursday 14:30 on, /orders/list.asp fails in three of four calls: 80040e14 in line 22 and, "
        "less often, 800a000d in line 17, written into cs-uri-query, with 500 0 0.",
    ),
    Story(
        "logon-failures", 10, "W3SVC1", "logon-failures", copier_refused,
        "A copier tries an old password of LINDQVIST\\scan2mail 60 times in 10 minutes, each time after a "
        "first leg 401.2; it never gets in.",
    ),
    Story(
        "ftp-anonymous-first", 11, "FTPSVC2", "ftp-anonymous-first", outcome("530 42 1326"),
        "All the time, three times a week: Explorer tries anonymous (530, win32 1326, sub-status 42), then "
        "logs on as karin. No attack.",
    ),
    Story(
        "long-lived", 12, "W3SVC1", "long-lived", lambda row: row["cs-uri-stem"].startswith("/signalr"),
        "One SignalR connection that was open for over eight hours: 200 0 64 with time-taken 29411203 ms. "
        "Neither slow nor a hang-up.",
    ),
    Story(
        "ftp-passive", 14, "FTPSVC2", "ftp-passive", lambda row: row["sc-status"] == "425",
        "The lab visby cannot open a passive data channel: PASV 227, then STOR 425 with win32 10060 (12) or "
        "1236 (6), and no DataChannelOpened.",
    ),
    Story(
        "dynamic-ip-restriction", 15, "W3SVC2", "dynamic-ip-restriction",
        lambda row: row["sc-substatus"] == "501",
        "The scan client returns and crawls; dynamic IP restriction in logging-only mode marks its rows "
        "200.501 and lets them through.",
    ),
]


# --- truth.json and README.md -------------------------------------------------------------------------------


def integer(text: str) -> int | None:
    return None if text == "-" else int(text)


def site_truth(site: Site, tally: Tally) -> dict[str, Any]:
    made = Counter(key(row.values) for row in site.rows)
    if made != Counter(key(row) for row in tally.rows):
        raise SystemExit(f"{site.folder}: the two counts differ")
    times = sorted(row["when"] for row in tally.rows)
    weeks = Counter(week(datetime.fromisoformat(text)) for text in times)
    return {
        "folder": site.folder,
        "service": site.service,
        "site": site.folder,
        "files": tally.files,
        "read": len(tally.rows) + tally.directives + tally.blank + tally.rejected,
        "rows": len(tally.rows),
        "directives": tally.directives,
        "blank": tally.blank,
        "rejected": tally.rejected,
        "first": times[0],
        "last": times[-1],
        "rows_by_week": {name: weeks[name] for name in WEEKS},
        "statuses": [
            {
                "status": integer(a), "substatus": integer(b), "win32_status": integer(c),
                "reason_phrase": None if d == "-" else d, "hits": hits,
            }
            for (a, b, c, d), hits in sorted(made.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
    }


def top(rows: Sequence[dict[str, str]], name: str, label: str) -> list[dict[str, object]]:
    counts = Counter(row[name] for row in rows if row.get(name, "-") != "-")
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:20]
    return [{label: text, "hits": hits} for text, hits in ordered]


def accounts(story: Story, rows: Sequence[dict[str, str]], tally: Tally) -> Counter[str]:
    """The accounts of the story's rows; for FTP refusals the name in the last USER of the same session."""
    if story.folder != "FTPSVC2":
        return Counter(row["cs-username"] for row in rows if row.get("cs-username", "-") != "-")
    asked: dict[str, str] = {}
    found: Counter[str] = Counter()
    wanted = {id(row) for row in rows}
    for row in tally.rows:
        if row["cs-method"] == "USER":
            asked[row["x-session"]] = row["cs-uri-stem"]
        if id(row) in wanted:
            found[asked[row["x-session"]]] += 1
    return found


def story_truth(story: Story, site: Site, tally: Tally) -> dict[str, Any]:
    rows = [row for row in tally.rows if story.match(row)]
    told = sum(row.story == story.id for row in site.rows)
    if len(rows) != told:
        raise SystemExit(f"{story.id}: {told} rows made, {len(rows)} found")
    uri = "cs-uri" if story.folder == "HTTPERR" else "cs-uri-stem"
    names = accounts(story, rows, tally)
    truth: dict[str, Any] = {
        "id": story.id,
        "number": story.number,
        "service": site.service,
        "site": story.folder,
        "finding": story.finding,
        "weeks": sorted({week(datetime.fromisoformat(row["when"])) for row in rows}),
        "first": min(row["when"] for row in rows),
        "last": max(row["when"] for row in rows),
        "hits": len(rows),
        "distinct_urls": len({row[uri] for row in rows}),
        "urls": top(rows, uri, "uri_stem"),
        "distinct_clients": len({row["c-ip"] for row in rows}),
        "clients": top(rows, "c-ip", "client"),
        "distinct_accounts": len(names),
        "accounts": [
            {"account": name, "hits": hits}
            for name, hits in sorted(names.items(), key=lambda pair: (-pair[1], pair[0]))[:20]
        ],
        "statuses": [
            {"status": integer(a), "substatus": integer(b), "win32_status": integer(c), "hits": hits}
            for (a, b, c, _), hits in sorted(Counter(map(key, rows)).items())
        ],
    }
    if story.folder == "W3SVC2":  # behind a proxy the client is the last address that the proxy wrote
        truth["distinct_clients_behind_proxies"] = len(
            {
                row["c-ip"]
                if row.get("X-Forwarded-For", "-") == "-"
                else row["X-Forwarded-For"].split("+")[-1]
                for row in rows
            }
        )
    if "time-taken" in rows[0]:
        by_week: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            by_week[week(datetime.fromisoformat(row["when"]))].append(int(row["time-taken"]))
        truth["time_taken_by_week"] = {
            name: {"hits": len(taken), "median": statistics.median(taken), "max": max(taken)}
            for name, taken in sorted(by_week.items())
        }
    return truth


def gap_truth(truth: dict[str, Any], tally: Tally) -> None:
    """The silence of W3SVC1 around the outage: last row before, first row after."""
    times = sorted(row["when"] for row in tally.rows)
    edges = [moment.isoformat() + "Z" for moment in POOL_DOWN]
    if any(edges[0] <= text < edges[1] for text in times):
        raise SystemExit("pool-down: W3SVC1 has rows in the gap")
    truth["gap"] = {
        "site": "W3SVC1", "siteid": 1, "queue": "LindqvistIntranet",
        "last_row_before": max(text for text in times if text < edges[0]),
        "first_row_after": min(text for text in times if text >= edges[1]),
    }


def totals(sites: Sequence[dict[str, Any]]) -> dict[str, int]:
    def hits(service: str, low: int, high: int) -> int:
        return sum(
            entry["hits"]
            for site in sites
            if site["service"] == service
            for entry in site["statuses"]
            if entry["status"] is not None and low <= entry["status"] <= high
        )

    handshakes = sum(
        entry["hits"]
        for entry in sites[0]["statuses"]
        if (entry["status"], entry["substatus"], entry["win32_status"])
        in ((401, 2, 5), (401, 1, int(NTLM_FIRST_LEG)))
    )
    return {
        "hits": sum(site["rows"] for site in sites), "handshakes": handshakes,
        "http_client_errors": hits("http", 400, 499) - handshakes,
        "http_server_errors": hits("http", 500, 599), "ftp_errors": hits("ftp", 400, 599),
    }


def make_truth(sites: list[Site], logs: dict[str, bytes]) -> dict[str, Any]:
    tallies = count(logs)
    found = [site_truth(site, tallies[site.folder]) for site in sites]
    by_folder = {site.folder: site for site in sites}
    stories = [story_truth(story, by_folder[story.folder], tallies[story.folder]) for story in STORIES]
    for truth in stories:
        if truth["id"] == "pool-down":
            gap_truth(truth, tallies["W3SVC1"])
    rejected = tallies["W3SVC2"].rejected
    stories.append(
        {
            "id": "torn-lines", "number": 13, "service": "http", "site": "W3SVC2", "finding": "log-quality",
            "weeks": [WEEKS[1]], "file": f"W3SVC2/{TORN_DAY}", "hits": rejected,
        }
    )
    return {
        "schema": "logan.samples/1",
        "weeks": WEEKS,
        "files": len(logs),
        "bytes": sum(map(len, logs.values())),
        "lines": {
            name: sum(site[name] for site in found)
            for name in ("read", "rows", "directives", "blank", "rejected")
        },
        "period": {
            "first": min(site["first"] for site in found),
            "last": max(site["last"] for site in found),
        },
        "totals": totals(found),
        "sites": found,
        "stories": sorted(stories, key=lambda truth: truth["number"]),
    }


def spaced_json(truth: dict[str, Any]) -> str:
    """JSON with one line for each key, site and story: short, and still readable as a diff."""

    def block(name: str) -> str:
        if name not in ("sites", "stories"):
            return f'"{name}": {json.dumps(truth[name])}'
        return (
            f'"{name}": [\n  '
            + ",\n  ".join(json.dumps(entry, ensure_ascii=False) for entry in truth[name])
            + "]"
        )

    return "{" + ",\n ".join(block(name) for name in truth) + "}\n"


README = """# Sample logs

Four ISO weeks, {weeks}, of Lindqvist Optik, a company that does not exist: Monday 2026-10-26 to Sunday
2026-11-22, all times UTC. {files} files, {bytes:,} bytes, {read:,} lines: {rows:,} rows, {directives:,}
directives, {blank} blank, {rejected} rejected. Client addresses are from the ranges kept for documentation
and from 10.0.0.0/8, names end in `.example` or `example.com`.

`python make_samples.py` writes everything here again, byte for byte; `python make_samples.py --check`
compares. Edit the script, not the files. The same numbers for programs: `truth.json`. The logs have CRLF
line ends: git must not convert them.

## Folders

| folder | what it is | rows | directives | blank | rejected |
|---|---|---:|---:|---:|---:|
{sites}

W3SVC1 writes the IIS 10 default fields. W3SVC2 starts with them, adds sc-bytes and cs-bytes on 2026-11-04
at 09:30 in the middle of the file, and X-Forwarded-For from 2026-11-09 on, when half of its visitors come
through the proxies 10.50.0.250 and 10.50.0.251 (files `_x`). W3SVC3 has no time-taken in W44. MSFTPSVC1 has
no date column. FTPSVC2 has win32 before sub-status. HTTPERR has 14 columns, and 16 after the restart in the
night of 2026-11-11. A header stands again after 15 idle minutes and after that restart. Some rows stand one
or two seconds out of order.

## Totals

{hits:,} rows. {handshakes:,} are authentication handshakes. Without them HTTP has {http_client_errors:,}
client errors and {http_server_errors:,} server errors; FTP has {ftp_errors:,} rows with a status of 400 or
more.

Background in all weeks, and no story: 404 for /robots.txt (daily), /apple-touch-icon.png (daily) and
/favicon.ico (weekly), an old bookmark on the intranet (twice a week), one 500 of /basket.aspx a week, one
mistyped password a week on the intranet and on FTPSVC2 (each followed by a good logon), one missing file a
week on MSFTPSVC1; in HTTPERR Timer_ConnectionIdle, Client_Reset and BadRequest.

## Stories

Where a story names no other week, its finding must be silent there. "Finding" says what kind of finding it
should lead to.

{stories}
"""

KINDS = {
    "W3SVC1": "intranet, IIS 10, Windows authentication", "W3SVC2": "public shop, IIS 10",
    "W3SVC3": "order site of the dealers, classic ASP, IIS 6", "MSFTPSVC1": "FTP of IIS 6",
    "FTPSVC2": "FTP of IIS 10", "HTTPERR": "HTTP.sys errors",
}


def named(entries: Sequence[dict[str, Any]], label: str, distinct: int) -> str:
    shown = ", ".join(f"`{entry[label]}` {entry['hits']}" for entry in entries[:6])
    return f"{distinct}: {shown}{', …' if distinct > 6 else ''}"


def tell(truth: dict[str, Any]) -> Iterator[str]:
    """The story as Markdown lines."""
    yield f"### {truth['number']}. {truth['id']} ({truth['site']})\n"
    if truth["id"] == "torn-lines":
        yield (
            f"`{truth['file']}` holds {truth['hits']} lines that are no rows (two cut short, one without its "
            "front, two run together, a tool's remark) and one `#Fields` line with a trailing space.\n\n"
            "- Finding: log-quality; weeks: 2026-W45\n"
        )
        return
    yield next(story.tale for story in STORIES if story.id == truth["id"]) + "\n"
    yield f"- Finding: {truth['finding']}; weeks: {', '.join(truth['weeks'])}"
    yield f"- Hits: {truth['hits']}, first {truth['first']}, last {truth['last']}"
    yield "- Statuses (status.sub-status.win32): " + ", ".join(
        ".".join(
            "-" if entry[name] is None else str(entry[name])
            for name in ("status", "substatus", "win32_status")
        )
        + f": {entry['hits']}"
        for entry in truth["statuses"]
    )
    if truth["service"] != "ftp":
        yield "- URLs " + named(truth["urls"], "uri_stem", truth["distinct_urls"])
    yield "- Clients " + named(truth["clients"], "client", truth["distinct_clients"])
    if behind := truth.get("distinct_clients_behind_proxies"):
        yield f"- Clients when X-Forwarded-For is followed: {behind}"
    if truth["distinct_accounts"]:
        yield "- Accounts " + named(truth["accounts"], "account", truth["distinct_accounts"])
    if gap := truth.get("gap"):
        yield f"- W3SVC1 is silent from {gap['last_row_before']} to {gap['first_row_after']}"
    if truth["id"] in ("getting-slower", "hang-ups", "long-lived"):
        yield "- time-taken in ms: " + "; ".join(
            f"{name} median {taken['median']:.10g}, max {taken['max']}, hits {taken['hits']}"
            for name, taken in truth["time_taken_by_week"].items()
        )
    yield ""


def make_readme(truth: dict[str, Any]) -> str:
    sites = "\n".join(
        f"| {site['folder']} | {KINDS[site['folder']]} | {site['rows']:,} | {site['directives']:,} | "
        f"{site['blank']} | {site['rejected']} |"
        for site in truth["sites"]
    )
    stories = "\n".join(line for story in truth["stories"] for line in tell(story))
    return README.format(
        weeks=f"{WEEKS[0]} to {WEEKS[-1]}", files=truth["files"], bytes=truth["bytes"], sites=sites,
        stories=stories.rstrip(), **truth["lines"], **truth["totals"],
    )


def main(arguments: Sequence[str]) -> int:
    sites, files = build()
    truth = make_truth(sites, files)
    files |= {"truth.json": spaced_json(truth).encode(), "README.md": make_readme(truth).encode()}
    size = sum(map(len, files.values())) + Path(__file__).stat().st_size
    if size > LIMIT:
        raise SystemExit(f"{size} bytes: over the limit of {LIMIT}")
    present = {path.relative_to(HERE).as_posix() for path in HERE.glob("*/*.log")}
    strangers = sorted(present - set(files))
    if "--check" in arguments:
        wrong = [
            path
            for path, content in files.items()
            if not (HERE / path).is_file() or (HERE / path).read_bytes() != content
        ]
        print(
            "\n".join(f"differs: {path}" for path in wrong + strangers)
            or f"{len(files)} files are as they should be"
        )
        return 1 if wrong or strangers else 0
    for path in strangers:
        (HERE / path).unlink()
    for path, content in files.items():
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_bytes(content)
    print(f"{len(files)} files, {truth['lines']['rows']} rows, {size} bytes with this script")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
