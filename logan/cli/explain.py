"""``logan explain``."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from logan.cli import options as o
from logan.cli.session import print_json, use_catalogues
from logan.display import cells, cut, plain
from logan.exceptions import OptionError

if TYPE_CHECKING:  # --help needs no catalogue
    from logan.catalogue.model import Entry

Service = Literal["http", "ftp", "httperr", "win32", "asp", "combinations"]
#: More hits than these are of no use to a person.
_HITS = 20
#: A page wider than this is hard to read.
_WIDTH = 100
#: What may not end a line, and what may not begin one, in Chinese.
_OPENING, _CLOSING = frozenset("（《“‘「"), frozenset("，。、；：？！）》”’」…")


def explain(
    codes: Annotated[
        list[str] | None,
        typer.Argument(metavar="CODE...", help="404, 403.14, 500-11, ftp:530, win32:5, QueueFull, asp:0113."),
    ] = None,
    search: Annotated[str | None, typer.Option(metavar="TEXT", help="Find entries by their words.")] = None,
    list_: Annotated[Service | None, typer.Option("--list", help="List all codes of a service.")] = None,
    lang: o.Lang = None,
    format: o.OutputFormat = "table",
    catalogue: o.CatalogueFile = None,
) -> None:
    """Say what a status means, why it happens most likely, and what to check first.

    A row's numbers can be given together: logan explain "500 19 183".
    """
    use_catalogues(catalogue)
    language = o.language(lang)
    entries, brief = _wanted(codes or [], search, list_)
    if format == "json":
        print_json([entry.to_dict(language) for entry in entries])
    elif format == "csv":
        _print_csv(entries, language)
    elif brief:
        _print_list(entries if list_ else entries[:_HITS], language)
        if not list_ and len(entries) > _HITS:
            print(f"logan: {len(entries) - _HITS} more; narrow the search, or use --format json.", file=sys.stderr)
    else:
        _print_pages(entries, language)


def _wanted(codes: list[str], search: str | None, service: str | None) -> tuple[Sequence[Entry], bool]:
    """The entries asked for, and whether a line for each is enough."""
    from logan.catalogue import explain as look_up
    from logan.catalogue import find, load

    if sum((bool(codes), search is not None, service is not None)) != 1:
        raise OptionError("Give codes, --search TEXT or --list SERVICE, one of them; such as: logan explain 403.14")
    if service is not None:
        return load(service), True
    if search is not None:
        found = find(search)
        if not found:
            raise OptionError(f"No entry has the words {search!r}. Use fewer words, or other ones.")
        return found, True
    return look_up(*codes), False


def _print_csv(entries: Sequence[Entry], lang: str) -> None:
    import csv

    from logan.writing import cell

    rows = [entry.to_dict(lang) for entry in entries]
    writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else ["service", "status"], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: cell(_joined(value)) for key, value in row.items()})


def _joined(value: Any) -> Any:
    return " | ".join(str(part) for part in value) if isinstance(value, list) else value


# For people


class _Page:
    """Lines on stdout, wrapped at the width of the window; colours only where a person looks."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.width = max(40, min(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDTH))
        self.color = False if os.environ.get("NO_COLOR") else None

    def line(self, text: str = "", **style: Any) -> None:
        """One line as it is."""
        typer.echo(typer.style(text, **style) if style else text, color=self.color)

    def block(self, text: str, mark: str = "", **style: Any) -> None:
        """A paragraph, its later lines set in below `mark`."""
        for number, part in enumerate(wrapped(text, self.width - len(mark))):
            self.line((" " * len(mark) if number else mark) + part, **style)

    def heading(self, part: str) -> None:
        """An empty line and the heading of a part."""
        from logan.catalogue.model import HEADINGS

        self.line()
        self.line(HEADINGS[part][self.lang], bold=True)


def _print_list(entries: Sequence[Entry], lang: str) -> None:
    from logan.catalogue.model import in_language

    page = _Page(lang)
    margin = max((len(entry.code) for entry in entries), default=0) + 2
    for entry in entries:
        sender = f" [{entry.sender(lang)}]" if entry.component else ""
        name = f" ({entry.name})" if entry.name else ""
        page.block(f"{plain(in_language(entry.title, lang))}{name}{sender}", entry.code.ljust(margin))


def _print_pages(entries: Sequence[Entry], lang: str) -> None:
    page = _Page(lang)
    for number, entry in enumerate(entries):
        if number:
            page.line()
            page.line("-" * page.width, dim=True)
        _print_page(page, entry)


def _print_page(page: _Page, entry: Entry) -> None:
    given = entry.to_dict(page.lang)
    name = f" ({given['name']})" if given["name"] else ""
    page.block(plain(given["title"]) + name, f"{entry.code}  ", bold=True)
    page.line()
    page.block(plain(given["meaning"]))
    for part in ("causes", "remedies"):
        if given[part]:
            page.heading(part)
            for number, text in enumerate(given[part], start=1):
                page.block(plain(text), f"  {number}. ")
    for part in ("retry", "document"):
        if given[part]:
            page.heading(part)
            page.block(plain(given[part]))
    page.line()
    _print_foot(page, entry)


def _print_foot(page: _Page, entry: Entry) -> None:
    """Senders, versions, articles, headers, an example, notes and sources: one line each."""
    from logan.catalogue.explanation import COLON
    from logan.catalogue.lookup import notes_for
    from logan.catalogue.model import HEADINGS, in_language

    colon, given = COLON[page.lang], entry.to_dict(page.lang)
    articles = (f"KB {', '.join(map(str, entry.kb))}",) if entry.kb else ()
    lines = {
        "sent_by": given["component"] or "",
        "applies_to": given["applies_to"],
        "articles": "; ".join((*articles, *entry.rfc)),
        "headers": ", ".join(entry.headers),
        "example": entry.example or "",
        "sources": "; ".join(entry.sources),
    }
    for part, text in lines.items():
        if text:
            page.block(f"{HEADINGS[part][page.lang]}{colon}{plain(text)}", dim=part in ("example", "sources"))
    for note in notes_for(entry):
        title = f"{HEADINGS['note'][page.lang]}{colon}{plain(in_language(note.title, page.lang))}"
        page.line()
        page.block(title, bold=True)
        page.block(plain(in_language(note.text, page.lang)))


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, cut at blanks, or between Chinese characters, which have none.

    >>> wrapped("目录中没有 index.html。", 12)
    ['目录中没有', 'index.html。']
    """
    lines, line, used = [], "", 0
    for piece in _pieces(text):
        if line and used + cells(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line, used = "", 0
        while cells(piece.rstrip()) > width:  # a path longer than a line
            head = cut(piece, width + 1).removesuffix("…")
            lines.append(head)
            piece = piece[len(head) :]
        line += piece
        used += cells(piece)
    return [*lines, line.rstrip()]


def _pieces(text: str) -> Iterator[str]:
    """What stays together on a line: a word with its blank, a Chinese character with its punctuation."""
    if text.isascii():
        yield from (word + " " for word in text.split())
        return
    piece = ""
    for char in text:
        wide = char >= "\u2e80" or char in _OPENING
        after = piece[-1:]
        loose = wide or after == " " or after >= "\u2e80" or after in _CLOSING
        if piece and loose and after not in _OPENING and char not in _CLOSING and char != " ":
            yield piece
            piece = ""
        piece += char
    yield piece
