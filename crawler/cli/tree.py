"""The command tree, and the one place where an error becomes a line and an exit code."""

from __future__ import annotations

import difflib
import errno
import importlib
import keyword
import logging
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from archive.errors import ArchiveError, BadQuery
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import one_line, plain

VERBS = tuple(
    "init add sites crawl index reextract search kwic timeline show versions story teasers why serve replay"
    " export publish extract import verify repair schedule status runs health backup help demo".split()
)
"""Each is ``command`` in the module of its name (``import_`` for import), in the order of people's way."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Verbs(click.Group):
    """A group that imports a verb's module only when the verb (or the list of all) is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = cmd_name + "_" * keyword.iskeyword(cmd_name)
        command: click.Command = importlib.import_module(f"crawler.cli.{module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in VERBS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], VERBS, n=1)
            raise click.UsageError(
                f"no verb {args[0]!r}{f', did you mean {close[0]!r}?' if close else ''}", ctx
            )
        return super().resolve_command(ctx, args)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--archive",
    "directory",
    metavar="DIR",
    envvar="GAZETTE_ARCHIVE",
    show_envvar=True,
    type=click.Path(path_type=Path),
    default=Path(),
    help="The archive's directory. Default: the one you are in.",
)
@click.option("--debug", is_flag=True, help="Show tracebacks and the logs of the libraries.")
@click.version_option(package_name="gazette", message="gazette %(version)s")
@click.pass_context
def gazette(ctx: click.Context, directory: Path, debug: bool) -> None:
    """Archives regional news: fetches it, keeps every byte, and makes its text searchable.

    \b
    Example:
      gazette init my-archive
      gazette --archive my-archive search Bürgermeister
    """
    ctx.obj = Options(directory)
    # Without a handler of its own, Python prints the libraries' warnings between our lines.
    logging.basicConfig(level=logging.DEBUG) if debug else logging.getLogger().addHandler(
        logging.NullHandler()
    )


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code. What went wrong is said in one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        # Pages hold any character; a terminal or file that can't show one gets its number.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = _invoke(list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (head, less) has seen enough. What is still buffered must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.OK
    except (KeyboardInterrupt, click.Abort):
        code = _say("interrupted", Exit.INTERRUPTED)
    except Exception as error:
        # The last place where a bug can be told as one line.
        if "--debug" in arguments:
            raise
        code = _say(f"{type(error).__name__}: {error} (this is a bug; run with --debug)", Exit.FAILED)
    return code


def _invoke(arguments: list[str]) -> int:
    try:
        with gazette.make_context("gazette", arguments) as context:
            result = gazette.invoke(context)
            return result if isinstance(result, int) else Exit.OK
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return Exit.USAGE
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "gazette"
        return _say(f"{error.format_message().rstrip('.')}; see: {where} --help", Exit.USAGE)
    except BadQuery as error:
        # It may show the query on a line of its own, with a mark below the place that is wrong.
        click.echo(f"gazette: {plain(str(error))}", err=True)
        return error.exit_code
    except ArchiveError as error:
        return _say(str(error), error.exit_code)
    except sqlite3.DatabaseError as error:
        return _database(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        if error.errno in _FULL:
            return _say(f"{place}the disk is full; make room and run it again", Exit.DISK_FULL)
        return _say(f"{place}{error.strerror or error}", Exit.FAILED)


def _database(error: sqlite3.DatabaseError) -> int:
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_FULL":
        return _say("the disk is full; make room and run it again", Exit.DISK_FULL)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return _say(
            f"a database is damaged: {error}; the index is made anew by: gazette index --rebuild",
            Exit.DAMAGED,
        )
    if name.startswith("SQLITE_BUSY"):
        return _say("a database is in use by another run; wait for it, or stop it", Exit.IN_USE)
    raise error


def _say(message: str, code: int) -> int:
    click.echo(f"gazette: {one_line(message)}", err=True)
    return code
