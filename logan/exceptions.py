"""What can go wrong, as one family.

    LoganError                 everything that logan raises on purpose
    ├── SourceError            a path that cannot be read, or holds no log  (also an OSError)
    ├── BadLineError           a line that could not be read, with on_bad_lines="error"  (also a ValueError)
    ├── OptionError            an option or argument that makes no sense  (also a ValueError)
    └── CatalogueError         a catalogue file that breaks its own rules  (also a ValueError)

Each message says what, where, and what to do, in one or two lines.
"""

from __future__ import annotations


class LoganError(Exception):
    """Base of every error that logan raises on purpose."""


class SourceError(LoganError, OSError):
    """A source that cannot be read, or that holds no log."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class OptionError(LoganError, ValueError):
    """An option or argument that makes no sense."""


class CatalogueError(LoganError, ValueError):
    """A catalogue file that breaks the rules for its entries."""


class BadLineError(LoganError, ValueError):
    """A line that could not be read, raised with ``on_bad_lines="error"``.

    The attributes `path`, `line` (number from 1), `reason` and `text` hold what the message shows.
    """

    def __init__(self, path: str, line: int, reason: str, text: str) -> None:
        super().__init__(path, line, reason, text)
        self.path, self.line, self.reason, self.text = path, line, reason, text

    def __str__(self) -> str:
        return (
            f"{self.path}:{self.line}: {self.reason}\n    {self.text}\n"
            '    Use on_bad_lines="warn" (--on-bad-lines warn) to set such lines aside and go on.'
        )
