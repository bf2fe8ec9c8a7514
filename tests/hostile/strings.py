"""What attackers write into logs: strings that act in a terminal, in rich, in a spreadsheet, in HTML, or on disk."""

from __future__ import annotations

#: Without blanks, as a value of a log cannot hold one.
HOSTILE = [
    "/\x1b[2J\x1b[H",  # clears the screen
    "/\x1b]0;owned\x07",  # window title
    "/\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\",  # link
    "/\x1b]52;c;cm0gLXJmIH4=\x07",  # clipboard
    "/\x1b[31mred\x1b[0m",
    "/\x1bc",  # reset
    "/\x1b[8mhidden",
    "/\x1b[6n",  # makes the terminal answer
    "/\x1bP$q\x1b\\",
    "/\x9b31mC1",  # CSI as one character
    "/\x9d0;owned\x9c",
    "/a\x08\x08\x08b",  # backspaces
    "/a\x07",
    "/a\x0bb\x0cc",
    "/a\x85b",  # next line
    "/a\u2028b\u2029c",  # line separators
    "/invoice\u202efdp.exe",  # right to left override
    "/\u2066a\u2069\u2067b\u2069",
    "/\u200b\u200c\u200d\ufeff",  # nothing to be seen
    "/[red]a[/red][bold]",  # rich markup
    "/[link=file:///etc/passwd]x[/link]",
    "/[/]",
    "/[blink]x",
    "/:skull:",  # rich emoji
    "/" + "e" + "\u0301" * 60,  # marks upon marks
    "/\U000e0041\U000e0042",  # tags
    "/<script>alert(1)</script>",
    "/'\"><img/src=x/onerror=alert(1)>",
    "/{{7*7}}{%if%}",  # template
    "=cmd|'/C+calc'!A0",  # spreadsheet
    '=HYPERLINK("http://evil.example")',
    "+1+cmd|'/C+calc'!A0",
    "-1+1|cmd",
    "@SUM(1+1)*cmd|'/C+calc'!A0",
    "%0a=1+1",
    "|calc",
    "＝1+1",
    "/../../../../etc/passwd",
    "..\\..\\windows\\system32\\x",
    "C:\\evil.log",
    "/a:b*c?d<e>f|g",
    "/con",
    "/%s%n%x{0}{name}",
    "/$(rm+-rf+~)`id`",
    "/" + "A" * 3000,
]
