"""The command line: parse, call, print. No sums are done here, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

from logan.cli.streams import settled
from logan.exceptions import LoganError, OptionError

#: The commands, in the order of the help; each is the function of the same name in the module of the same name.
COMMANDS = ("summarize", "explain", "chart", "report", "compare", "export")
#: What Ctrl-C leaves behind: files that were finished before it, such as those of a cache, and no others.
_INTERRUPTED = "interrupted; no file is left half-written."


def app(command: str | None = None) -> Any:
    """The typer application with all its commands; if `command` is one, with it alone, which is built much sooner."""
    import typer
    from typer.core import TyperGroup

    from logan.cli.command import Command

    usage_error: Any = typer.BadParameter.__base__  # which typer takes from click or brings along, by its version

    class Commands(TyperGroup):
        """Commands whose complaints show no password that stood in what was typed."""

        def make_context(self, *arguments: Any, **options: Any) -> Any:
            try:
                return super().make_context(*arguments, **options)
            except usage_error as error:
                raise _masked(error) from None

        def invoke(self, context: Any) -> Any:
            try:
                return super().invoke(context)
            except usage_error as error:
                raise _masked(error) from None

    # rich help would double the time that --help takes
    application = typer.Typer(
        cls=Commands,
        name="logan",
        no_args_is_help=True,
        add_help_option=command not in COMMANDS,  # before a command's name there is none, and typer would convert it
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @application.callback(invoke_without_command=True)
    def logan(version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
        """Read IIS, FTP and HTTPERR logs, explain what went wrong, and report on it."""
        if version:
            from logan import __version__

            print(f"logan {__version__}")
            raise typer.Exit

    for name in [name for name in COMMANDS if name == command] or COMMANDS:
        application.command(cls=Command)(getattr(importlib.import_module(f"logan.cli.{name}"), name))
    return application


def _masked(error: Any) -> Any:
    from logan.display import without_credentials

    error.message = without_credentials(error.message)
    return error


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0 done, 1 could not be done, 2 wrong usage, 130 interrupted."""
    sys.setswitchinterval(0.0005)  # parsing threads need Python's lock often and briefly: 1 GB took a fifth less time
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # numpy's threads for matrices, of which there are none, would spin
    gc.freeze()
    gc.set_threshold(5_000_000, 20, 20)  # a summary is a million small tuples, and reading leaves no garbage in circles
    with settled():
        code = _run(arguments)
    if arguments is None:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> NoReturn:
    """Leave at once. Taking apart what the system takes back anyway would last longer than `logan explain`, and after
    Ctrl-C threads may be in the middle of a read that nobody waits for any more."""
    if code != 130:
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _run(arguments: list[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    try:
        try:
            app(given[0] if given else None)(args=arguments, standalone_mode=True)
        finally:
            sys.stdout.flush()  # here, where a full disk or a closed pipe is heard of
    except SystemExit as leave:
        if type(sys.stdout).__name__ == "PacifyFlushWrapper":  # typer met the closed pipe of "| head" before us
            return 0
        if leave.code == 130:  # and Ctrl-C too
            return _complain(_INTERRUPTED, 130)
        return leave.code if isinstance(leave.code, int) else int(bool(leave.code))
    except OptionError as error:
        return _complain(error, 2)
    except LoganError as error:
        return _complain(error, 1)
    except KeyboardInterrupt:
        return _complain(_INTERRUPTED, 130)
    except BrokenPipeError:  # e.g. piped into head
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return _complain("not enough memory. Give fewer files, or use --workers 1.", 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _complain(f"{where}{error.strerror or error}.", 1)
    except Exception as error:
        if isinstance(error.__context__, KeyboardInterrupt):  # it came while Python's own queue held its lock
            return _complain(_INTERRUPTED, 130)
        if os.environ.get("LOGAN_DEBUG"):
            raise
        return _complain(
            f"a fault in logan itself: {type(error).__name__}: {error}. LOGAN_DEBUG=1 shows where; please report it.", 1
        )
    return 0


def _complain(what: object, code: int) -> int:
    from logan.display import plain, without_credentials

    lines = without_credentials(str(what)).split("\n")
    print("logan: " + "\n".join(plain(line, 1000) for line in lines), file=sys.stderr)
    return code
