"""The command line: words in, exit code out.

0 done, 1 the job failed (one line says what and what to do), 2 wrong usage; a
session that was stopped from outside gives 128 and the signal's number.
"""

import importlib
import os
import sys
from collections.abc import Callable, Sequence

from mtsession.cli.output import drop_output
from mtsession.errors import MtSessionError

DONE, FAILED, INTERRUPTED = 0, 1, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after the program's name; the process's own by default.

    Returns
    -------
    int
        The exit code.

    Raises
    ------
    SystemExit
        With code 2 for words that are no command, with 0 after help or version.
    """
    if argv is None:
        _fill_closed_streams()
        _keep_libraries_off_the_screen()
    words = sys.argv[1:] if argv is None else argv
    if not words:
        # The app opens sooner without the words of every other command.
        from mtsession.cli.screen import open_app  # noqa: PLC0415

        return _guarded(open_app)
    from mtsession.cli.arguments import make_parser  # noqa: PLC0415

    arguments = make_parser().parse_args(words)
    return _guarded(
        lambda: importlib.import_module(f"mtsession.cli.{arguments.room}").run(arguments)
    )


def _guarded(job: Callable[[], int]) -> int:
    """Do a job; whatever goes wrong becomes one line and an exit code."""
    try:
        code = job()
        sys.stdout.flush()
    except MtSessionError as error:
        return _failed(str(error))
    except (KeyboardInterrupt, EOFError) as stopped:
        _failed("Stopped.")
        return stopped.args[0] if stopped.args and type(stopped.args[0]) is int else INTERRUPTED
    except BrokenPipeError:
        drop_output()  # the reader of a listing (`| head`) has seen enough
        return DONE
    except OSError as error:
        drop_output()
        where = "" if error.filename is None else f" ({error.filename})"
        return _failed(
            f"The system refused: {(error.strerror or 'no reason given').lower()}{where}. "
            "Mend that and try again."
        )
    except Exception as error:  # noqa: BLE001  (the outermost edge: told and logged)
        return _failed(_program_fault(error))
    return code


def _failed(line: str) -> int:
    print(f"mtsession: {line}", file=sys.stderr)
    return FAILED


def _program_fault(error: Exception) -> str:
    """Log where the program is wrong; what it was busy with may name a client and is left out."""
    import logging  # noqa: PLC0415  (hardly ever needed)
    import traceback  # noqa: PLC0415

    from mtsession.app.log import LOG_NAME, start_log  # noqa: PLC0415
    from mtsession.app.paths import places  # noqa: PLC0415

    folder = places().logs
    start_log(folder)
    steps = "".join(traceback.format_tb(error.__traceback__))
    logging.getLogger(__name__).error("%s\n%s", type(error).__name__, steps)
    return (
        f"This is a fault of mtsession ({type(error).__name__}), not yours. "
        f"Where it happened is in {folder / LOG_NAME}; please pass that file on."
    )


def _fill_closed_streams() -> None:
    """Open what the caller closed (`>&-`), or the next file opened would be taken for it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def _keep_libraries_off_the_screen() -> None:
    """Keep standard error for our own words: sound libraries write warnings to it from C."""
    stream = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    vars(sys).update(stderr=stream, __stderr__=stream)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
