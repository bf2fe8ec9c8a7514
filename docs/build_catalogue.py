"""Writes the catalogue as pages: ``docs/catalogue/{en,zh}/*.md``, from the same entries as everything else.

python docs/build_catalogue.py            writes the pages
python docs/build_catalogue.py --check    only tells whether they are up to date, with exit code 1 if not
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from logan.catalogue.explanation import COLON
from logan.catalogue.model import HEADINGS, LANGUAGES, Entry, in_language, list_in_language
from logan.catalogue.store import classes, load, notes

FOLDER = Path(__file__).parent / "catalogue"
MARK = {
    "en": "<!-- Made by docs/build_catalogue.py from logan/catalogue/*.toml: change those. -->",
    "zh": "<!-- 由 docs/build_catalogue.py 根据 logan/catalogue/*.toml 生成，请改那里。 -->",
}
TITLES = {
    "index": {"en": "What a status means", "zh": "状态代码的含义"},
    "http-1xx": {"en": "HTTP 1xx", "zh": "HTTP 1xx"},
    "http-2xx": {"en": "HTTP 2xx", "zh": "HTTP 2xx"},
    "http-3xx": {"en": "HTTP 3xx", "zh": "HTTP 3xx"},
    "http-4xx": {"en": "HTTP 4xx and IIS sub-statuses", "zh": "HTTP 4xx 与 IIS 子状态"},
    "http-5xx": {"en": "HTTP 5xx, 6xx and IIS sub-statuses", "zh": "HTTP 5xx、6xx 与 IIS 子状态"},
    "combinations": {"en": "A status together with a win32 code", "zh": "状态与 win32 代码的组合"},
    "ftp": {"en": "FTP replies and sub-statuses", "zh": "FTP 答复与子状态"},
    "httperr": {"en": "Reasons in the HTTPERR log", "zh": "HTTPERR 日志中的原因"},
    "win32": {"en": "win32 codes (sc-win32-status)", "zh": "win32 代码（sc-win32-status）"},
    "asp": {"en": "Errors of classic ASP, VBScript and ADO", "zh": "经典 ASP、VBScript 与 ADO 错误"},
}
ENTRIES = {"en": " ({n} entries)", "zh": "（{n} 条）"}


def pages() -> dict[str, str]:
    """All pages by their path below ``docs/catalogue``."""
    parts = parts_of_the_catalogue()
    found = {}
    for lang in LANGUAGES:
        found[f"{lang}/index.md"] = index_page(parts, lang)
        for name, entries in parts.items():
            found[f"{lang}/{name}.md"] = page(name, entries, lang)
    return found


def parts_of_the_catalogue() -> dict[str, Sequence[Entry]]:
    http = load("http")
    parts: dict[str, Sequence[Entry]] = {
        f"http-{digits[0]}xx": [entry for entry in http if str(entry.status)[0] in digits]
        for digits in ("1", "2", "3", "4", "56")
    }
    return parts | {name: load(name) for name in TITLES if name not in parts and name != "index"}


def index_page(parts: dict[str, Sequence[Entry]], lang: str) -> str:
    lines = [MARK[lang], f"# {TITLES['index'][lang]}", ""]
    lines += [
        f"- [{TITLES[name][lang]}]({name}.md)" + ENTRIES[lang].format(n=len(entries)) for name, entries in parts.items()
    ]
    for each in classes().values():
        label = f"{each.service.upper()} {each.digit}xx"
        lines += ["", f"## {label}{COLON[lang]}{plain(each.title[lang])}", "", plain(each.meaning[lang])]
    for note in notes():
        lines += ["", f"## {plain(note.title[lang])}", "", plain(note.text[lang])]
        lines += ["", f"{' '.join(f'`{code}`' for code in note.applies)}"] if note.applies else []
    return "\n".join(lines) + "\n"


def page(name: str, entries: Sequence[Entry], lang: str) -> str:
    lines = [MARK[lang], f"# {TITLES[name][lang]}"]
    for entry in entries:
        lines += ["", *entry_lines(entry, lang)]
    return "\n".join(lines) + "\n"


def entry_lines(entry: Entry, lang: str) -> Iterator[str]:
    colon = COLON[lang]
    name = f" ({entry.name})" if entry.name else ""
    sender = f" [{entry.sender(lang)}]" if entry.component else ""
    yield f"## {plain(entry.code + colon + in_language(entry.title, lang) + name + sender)}"
    yield ""
    yield plain(in_language(entry.meaning, lang))
    for part, texts in (("causes", entry.causes), ("remedies", entry.remedies)):
        listed = list_in_language(texts, lang)
        if listed:
            yield ""
            yield f"**{HEADINGS[part][lang]}**"
            yield ""
            yield from (f"{number}. {plain(text)}" for number, text in enumerate(listed, start=1))
    for part, said in (("retry", entry.retry), ("document", entry.document)):
        if said:
            yield ""
            yield f"**{HEADINGS[part][lang]}**{colon}{plain(in_language(said, lang))}"
    foot = {
        "applies_to": entry.applies(lang),
        "articles": "; ".join([*(f"KB {number}" for number in entry.kb), *entry.rfc]),
        "headers": ", ".join(entry.headers),
        "sources": "; ".join(entry.sources),
    }
    yield ""
    yield "<br>".join(f"{HEADINGS[part][lang]}{colon}{plain(text)}" for part, text in foot.items() if text)
    if entry.example:
        yield ""
        yield f"    {entry.example}"


def plain(text: str) -> str:
    """`text` as Markdown that shows it as it is; code between backticks stays code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escaped(text)
    return "`".join(part if number % 2 else escaped(part) for number, part in enumerate(parts))


def escaped(text: str) -> str:
    for char in "\\*_[]":
        text = text.replace(char, f"\\{char}")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def main(arguments: Sequence[str]) -> int:
    """Writes or checks the pages, and gives the exit code."""
    wanted = pages()
    stale = [
        name
        for name, text in wanted.items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text(encoding="utf-8") != text
    ]
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.md")}
    leftover = sorted(there - wanted.keys())
    if "--check" in arguments:
        for name in (*stale, *leftover):
            print(f"docs/catalogue/{name} is not up to date; run python docs/build_catalogue.py", file=sys.stderr)
        return 1 if stale or leftover else 0
    for name in stale:
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(wanted[name], encoding="utf-8", newline="\n")
    for name in leftover:
        (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
