"""Writes ``docs/reference``: commands, columns, findings, JSON and Python names, from the code itself.

python docs/build_reference.py            writes the pages
python docs/build_reference.py --check    only tells whether they are up to date, with exit code 1 if not
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
import sys
import tomllib
import typing
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
MARK = "<!-- Made by docs/build_reference.py from the code: change that. -->"


def commands() -> str:
    """Every command with its arguments and options."""
    from logan.cli.chart import KINDS

    parts = [
        "# Commands",
        "The answer goes to stdout, remarks and progress to stderr. `python -m logan` is the same command as `logan`.",
        "Without a console (`pythonw.exe`, a service) files are written all the same and remarks are dropped.",
        "Exit codes: 0 done, 1 could not be done, 2 wrong usage, 3 a rule of `--fail-on` holds.",
        "`--lang` is taken from the locale if left out, and `LOGAN_CATALOGUE` names catalogue files as `--catalogue` does.",
    ]
    for name, function in command_functions().items():
        options = list(options_of(function))
        usage = " ".join(shown for shown, *_ in options if not shown.startswith("-"))
        parts += [
            f"## logan {name}",
            paragraphs(inspect.getdoc(function)),
            f"```text\nlogan {name} [OPTIONS] {usage}\n```",
        ]
        rows = ((f"`{shown}`", cell(meaning), f"`{default}`" if default else "") for shown, meaning, default in options)
        parts.append(table(("argument or option", "meaning", "if left out"), rows))
        if name == "chart":
            parts += ["Kinds of charts:", table(("kind", "shows"), ((f"`{k}`", cell(v)) for k, v in KINDS.items()))]
    return page(*parts)


def command_functions() -> dict[str, Callable[..., None]]:
    """The commands by name, in the order of ``logan --help``."""
    from logan.cli import app

    return {command.callback.__name__: command.callback for command in app().registered_commands}


def options_of(function: Callable[..., None]) -> Iterator[tuple[str, str, str]]:
    """How an argument or option is written, what it means, and what holds without it.

    Read from the signature, as what typer makes of it changes from version to version.
    """
    hints = typing.get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        kind, info = typing.get_args(hints[name])[:2]
        meaning = " ".join((info.help or "").split())
        if type(info).__name__ == "ArgumentInfo":
            yield info.metavar or name.upper(), meaning, ""
            continue
        written = [info.default, *(info.param_decls or ())]  # typer takes the first name for the default
        names = [text for text in written if isinstance(text, str) and text.startswith("-")]
        names = sorted(names, key=len, reverse=True) or ["--" + name.replace("_", "-")]
        value = "" if kind is bool else info.metavar or value_of(kind)
        default = parameter.default
        shown = f"{default}" if isinstance(default, str | int) and not isinstance(default, bool) else ""
        yield " ".join([", ".join(names), *filter(None, [value])]), meaning, shown


def value_of(kind: Any) -> str:
    """What stands for a value: the choices, or a word for the type."""
    choices = [c for part in (kind, *typing.get_args(kind)) for c in typing.get_args(part) if isinstance(c, str)]
    choices = choices or [c for c in typing.get_args(kind) if isinstance(c, str)]
    if choices:
        return f"[{', '.join(choices)}]"
    return "NUMBER" if "int" in str(kind) else "TEXT"


def columns() -> str:
    """Every column with its unit and meaning, in both languages."""
    from logan.fields import known_fields
    from logan.frames import LEADING, arrow_type

    texts = described("columns")
    rows = [
        (f"`{name}`", "", f"`{arrow_type(name)}`", "", cell(texts[name]["en"]), cell(texts[name]["zh"]))
        for name in LEADING
    ]
    rows += [
        (
            f"`{field.column}`",
            ", ".join(f"`{name}`" for name in field.names),
            f"`{arrow_type(field.column)}`",
            field.unit,
            cell(field.meaning["en"]),
            cell(field.meaning["zh"]),
        )
        for field in known_fields()
    ]
    added = [(f"`{name}`", cell(texts[name]["en"]), cell(texts[name]["zh"])) for name in annotation_columns()]
    return page(
        "# Columns",
        "A frame of `logan.read` begins with `timestamp`, `service` and `site`; then come the fields of the logs in snake case.",
        "`-` in a log is missing here, never 0 and never an empty text. A field that is not in this list keeps its name "
        "in snake case and is text (`X-Tenant-Id` is `x_tenant_id`).",
        "Types are Arrow's. A dictionary column is text kept once for each distinct value; for `.str` turn it into text "
        'first: `frame.cs_uri_stem.astype("string").str.endswith(".aspx")`.',
        table(("column", "in the log", "type", "unit", "meaning", "含义"), rows),
        "## Columns that `annotate` adds",
        "`logan.annotate(frame)` and `logan export` add these.",
        table(("column", "meaning", "含义"), added),
    )


def annotation_columns() -> tuple[str, ...]:
    from logan.annotation import ADDED

    return ADDED


def findings() -> str:
    """Every finding: when it is found, and its words in both languages."""
    from logan.analysis.findings import RULES
    from logan.analysis.rules.model import texts_of

    parts = [
        "# Findings",
        "A finding is something in the logs that a person should know, with the next step to take. `logan summarize` and "
        "reports show them, `logan.findings(summary)` gives them, the worst first. They are the same however the logs were cut.",
        "A general finding steps back where a more specific one explains at least half of its rows.",
        table(("finding", "found when"), ((f"[`{r.id}`](#{r.id})", cell(r.doc)) for r in RULES.values())),
    ]
    for rule in RULES.values():
        texts = texts_of(rule.id)
        parts += [
            f"## {rule.id}",
            escaped(rule.doc.replace("``", "`")) + (" This is a general finding." if rule.general else ""),
        ]
        for lang, words in (("en", ("Title", "Explanation", "Next step")), ("zh", ("标题", "说明", "下一步"))):
            rows = [
                (word, template(texts[part][lang]))
                for word, part in zip(words, ("title", "explanation", "advice"), strict=True)
            ]
            parts.append(table({"en": ("", "English"), "zh": ("", "中文")}[lang], rows))
    return page(*parts)


def template(text: str) -> str:
    """A text with placeholders; those that a code decides are shown as an ellipsis."""
    return cell(re.sub(r"\{(\w+)[^}]*\}", lambda match: f"⟨{match[1]}⟩", text))


def json_keys() -> str:
    """Every key of the JSON answers, with its type as the samples show it."""
    texts = described("json")
    parts = [
        "# JSON",
        "`--format json` gives one object (`explain`: a list). Keys are only ever added. What a log does not hold is `null`, "
        "never 0 and never an empty text. Times are ISO 8601: UTC with `Z`, with `--tz` in that zone with its offset. "
        "Numbers are exact where no `relative_error` or `undercount` stands beside them.",
    ]
    for title, key, example in answers():
        found = dict(keys_of(example))
        missing = sorted(found.keys() - texts[key].keys())
        if missing:
            raise SystemExit(f"docs/reference.toml: [json.{key}] says nothing of {', '.join(missing)}")
        parts += [f"## {title}", table(("key", "type", "meaning"), rows_of(found, texts[key]))]
    return page(*parts)


def rows_of(found: dict[str, str], texts: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for path, text in texts.items():
        yield f"`{path}`", found.get(path, ""), cell(text)


#: Codes that together have every key.
CODES = (
    "500.19 + 183",
    "403.14",
    "429",
    "ftp:530.41",
    "ftp:ControlChannelOpened",
    "QueueFull",
    "win32:5",
    "asp:0113",
    "521",
)


def answers() -> Iterator[tuple[str, str, Any]]:
    """The JSON answers over the samples."""
    import logan

    weeks = logan.summarize_weeks(ROOT / "samples")
    last = list(weeks)[-2:]
    yield "logan summarize", "summarize", sum(weeks.values(), logan.Summary()).to_dict()
    yield "logan explain", "explain", [entry.to_dict() for entry in logan.explain(*CODES)]
    yield "logan compare", "compare", logan.compare(weeks[last[0]], weeks[last[1]]).to_dict()


def keys_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The keys of a JSON value with dots and ``[]``, and the types of their values."""
    found: dict[str, set[str]] = {}
    _collect(value, path, found)
    for key, types in found.items():
        yield key, " or ".join(sorted(types, key=lambda name: (name == "null", name)))


_TYPES = {"str": "text", "int": "integer", "float": "number", "bool": "true or false", "NoneType": "null"}


def _collect(value: Any, path: str, found: dict[str, set[str]]) -> None:
    if isinstance(value, dict) and not path.endswith((".evidence", "services")):
        kind = "object"
        for key, item in value.items():
            _collect(item, f"{path}.{key}" if path else key, found)
    elif isinstance(value, list | tuple):
        kind = "list"
        for item in value:
            _collect(item, f"{path}[]" if isinstance(item, dict | list) else path + "[]", found)
    else:
        kind = "object" if isinstance(value, dict) else _TYPES[type(value).__name__]
    if path and not path.endswith("[]"):
        found.setdefault(path, set()).add(kind)


def python_names() -> str:
    """Every public name with its signature and docstring."""
    import logan

    parts = [
        "# Python",
        "```python\nimport logan\n```",
        "Names are loaded at their first use, so `import logan` is quick.",
    ]
    for name in sorted(logan.__all__, key=str.lower):
        parts += describe(f"logan.{name}", getattr(logan, name))
    parts += ["# Charts", importlib.import_module("logan.charts").__doc__.split("\n\n")[-1]]
    charts = importlib.import_module("logan.charts")
    for name in sorted(charts.__all__):
        if inspect.isfunction(getattr(charts, name)):
            parts += describe(f"logan.charts.{name}", getattr(charts, name))
    return page(*parts)


def describe(name: str, thing: Any) -> list[str]:
    parts = [f"## {name}"]
    if inspect.isfunction(thing):
        parts += [f"```text\n{signature(name, thing)}\n```", docstring(thing)]
    elif inspect.isclass(thing) and issubclass(thing, BaseException | Warning):
        bases = ", ".join(f"`{base.__name__}`" for base in thing.__bases__)
        parts += [docstring(thing), f"A {bases}."]
    else:
        parts.append(docstring(thing))
        for member, function in vars(thing).items():
            function = getattr(function, "__func__", function)
            if member.startswith("_"):
                continue
            if inspect.isfunction(function):
                parts += [
                    f"### {thing.__name__}.{member}",
                    f"```text\n{signature(member, function)}\n```",
                    docstring(function),
                ]
            elif isinstance(function, property):
                parts += [f"### {thing.__name__}.{member}", docstring(function.fget)]
    return parts


def signature(name: str, function: Callable[..., Any]) -> str:
    """A signature on lines of its own where it is long."""
    found = inspect.signature(function)
    text = f"{name}{plain_types(str(found))}"
    if len(text) <= 100:
        return text
    lines = []
    star = False
    for parameter in found.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            lines.append("*")
            star = True
        lines.append(plain_types(str(parameter)))
    returns = plain_types(f"-> {found.return_annotation!r}").removeprefix("-> ")
    return f"{name}(\n" + "".join(f"    {line},\n" for line in lines) + f") -> {returns}"


def plain_types(text: str) -> str:
    """Annotations without the quotes that `inspect` puts around them."""
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", text)


def docstring(thing: Any) -> str:
    """A docstring as Markdown: examples become blocks."""
    text = inspect.getdoc(thing) or ""
    parts = []
    for part in text.split("\n\n"):
        if part.startswith(">>>"):
            parts.append(f"```pycon\n{part.replace('  # doctest: +SKIP', '')}\n```")
        else:
            parts.append(escaped(part.replace("``", "`")))
    return "\n\n".join(parts)


# --- Markdown ---------------------------------------------------------------------------------------------------------
def described(part: str) -> Any:
    """The texts that the code does not hold."""
    return tomllib.loads((ROOT / "docs" / "reference.toml").read_text(encoding="utf-8"))[part]


def page(*parts: str) -> str:
    return "\n\n".join([MARK, *(part.strip("\n") for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Any) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def cell(text: str) -> str:
    return escaped(" ".join(text.replace("``", "`").split())).replace("|", "\\|")


def paragraphs(text: str | None) -> str:
    return escaped("\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n")))


def escaped(text: str) -> str:
    """Text that Markdown shows as it is; what stands in backticks is left alone."""
    parts = text.split("`")
    return "`".join(
        part if number % 2 else re.sub(r"([\\*_\[\]])", r"\\\1", part).replace("<", "&lt;").replace(">", "&gt;")
        for number, part in enumerate(parts)
    )


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "json.md": json_keys,
    "columns.md": columns,
    "findings.md": findings,
    "python.md": python_names,
}


def main(arguments: Sequence[str]) -> int:
    """Writes or checks the pages, and gives the exit code."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    stale = []
    for name, make in PAGES.items():
        text, path = make(), FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in arguments:
                FOLDER.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
    if "--check" in arguments:
        for name in stale:
            print(f"docs/reference/{name} is not up to date; run python docs/build_reference.py", file=sys.stderr)
        return 1 if stale else 0
    return 0


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "100")
    sys.exit(main(sys.argv[1:]))
