"""Running a command: what a user sees when it goes wrong is one line that says what to do."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click

from raravis.cli.commands import raravis
from raravis.errors import RaravisError


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 an error in one line, 130 stopped with Ctrl-C."""
    _speak_any_name()
    try:
        arguments = None if arguments is None else list(arguments)
        code = raravis.main(args=arguments, prog_name="raravis", standalone_mode=False)
        return code if isinstance(code, int) else 0  # so click hands on the code of an Exit
    except click.exceptions.NoArgsIsHelpError as help:  # the bare command: its help is the answer
        print(help.format_message())
        return 0
    except (click.Abort, KeyboardInterrupt):
        return _say("stopped; everything answered is kept, the same command goes on from here", 130)
    except click.ClickException as error:
        return _say(_usage(error), 1)
    except RaravisError as error:
        return _say(f"error: {error}", 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more at exit
        return 1
    except OSError as error:
        return _say(f"error: {error.filename or 'the system'}: {error.strerror or error}", 1)


def _speak_any_name() -> None:
    """A name that the terminal's encoding does not hold is shown escaped, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _usage(error: click.ClickException) -> str:
    command = getattr(getattr(error, "ctx", None), "command_path", "raravis")
    return f"error: {error.format_message()} (see {command} --help)"


def _say(line: str, code: int) -> int:
    print(line, file=sys.stderr)
    return code
