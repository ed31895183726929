"""The command `verify-audit`: reads the arguments, verifies the log, and prints the verdict."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .api_source import ApiSource
from .database_connection import parse_database_url
from .database_source import DatabaseSource
from .export_source import ExportSource
from .file_source import FileSource
from .laptop_database import open_laptop_log
from .log_source import LogSource
from .progress_line import ProgressLine
from .verification import verify_log
from .verification_errors import CannotVerifyError, TamperedError
from .verifier_keys import VerifierKeys

DESCRIPTION = """\
Verifies an audit log: its entries must be exactly those that its signed checkpoints cover.

SOURCE is a file that scripts/export-audit wrote, the address of the HTTP API (http://… with --token), or a database
(postgresql://…). The default is the database of the scripts/up that runs on the folder --data.

The verifier hashes every entry again (RFC 6962, section 2.1), compares the tree with every checkpoint (C2SP
tlog-checkpoint), and checks the signature of the newest checkpoint, which covers all entries. The event that is shown
for an entry must be the event that was hashed. --key names a file with the verifier keys of GET /audit/key, saved
earlier; without it the verifier trusts the keys in the log. --checkpoint names a checkpoint that was saved earlier:
only such a checkpoint reveals that somebody with the signing key cut, rewrote or forked the log.

Exit status: 0 if the log is in order, 1 if it was tampered with, 2 if a verdict is impossible.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the log that the arguments name, print the verdict, and return the exit status (see DESCRIPTION).

    ``arguments`` are the command line's words; the default are those of the process.
    """
    options = parse_arguments(arguments)
    try:
        print(verify_named_log(options))
    except TamperedError as error:
        print(f"tampered with: {error}")
        return 1
    except (CannotVerifyError, OSError) as error:
        print(f"cannot verify: {error}", file=sys.stderr)
        return 2
    except Exception as error:  # noqa: BLE001 - an unexpected error is not a verdict on the log
        print(f"cannot verify: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    if options.key is None:
        print("the keys came from the log itself; name a file with keys that you trust with --key", file=sys.stderr)
    return 0


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed arguments; exits the process for --help and for arguments that do not fit."""
    parser = argparse.ArgumentParser(
        prog="verify-audit",
        usage="%(prog)s [SOURCE] [options]",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", nargs="?", metavar="SOURCE", help="an exported file, http(s)://… or postgresql://…")
    parser.add_argument("--key", type=Path, metavar="FILE", help="verifier keys that you trust, one a line")
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", action="append", default=[], help="a saved checkpoint; repeatable"
    )
    parser.add_argument("--export", type=Path, metavar="FILE", help="also write the log to a file")
    parser.add_argument("--token", metavar="TOKEN", help="an operator's token for the HTTP API")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder of scripts/up")
    return parser.parse_args(arguments)


def verify_named_log(options: argparse.Namespace) -> str:
    """Verify the log, write its export if one is asked for, and return the verdict; raises what verify_log raises."""
    source = open_source(options)
    if options.export:
        source = ExportSource(source, options.export)
    progress = ProgressLine()
    try:
        keys = VerifierKeys(options.key.read_text(encoding="utf-8").split() if options.key else source.read_keys())
        if not keys:
            raise CannotVerifyError("the log comes without verifier keys: name a file of keys with --key")
        saved = [path.read_text(encoding="utf-8") for path in options.checkpoint]
        return verify_log(source, keys, saved, progress.show)
    finally:
        progress.close()
        source.close()


def open_source(options: argparse.Namespace) -> LogSource:
    """Return the log that SOURCE or --data names; raises CannotVerifyError if there is none."""
    if options.source is None:
        if options.data is None:
            raise CannotVerifyError("no log is named: give a file, http(s)://… or postgresql://…")
        return open_laptop_log(options.data)
    if options.source.startswith(("http://", "https://")):
        return ApiSource(options.source, options.token or "")
    if options.source.startswith("postgresql"):
        return DatabaseSource(parse_database_url(options.source), [])
    path = Path(options.source)
    if options.export and path.exists() and options.export.exists() and path.samefile(options.export):
        raise CannotVerifyError(f"{path} cannot be read and written at the same time: export to another file")
    return FileSource(path)
