"""The Job that migrates: its environment, what it leaves, and its one line."""

import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from functions.migrations import DOMAINS, __main__, head
from knative.local.postgres import Postgres
from tests.database import PASSWORD
from tests.functions import ROOT


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[str]:
    """The administrator's URL of a database that nothing is in."""
    name = f"empty_{uuid4().hex}"
    admin = create_engine(postgres.admin_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres.admin_url.replace("/todo?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def migrate(**environ: str) -> subprocess.CompletedProcess[str]:
    """Run the Job's command, with the passwords that the other tests use."""
    passwords = {f"DATABASE_PASSWORD_{domain.upper()}": PASSWORD for domain in DOMAINS}
    return subprocess.run(
        [sys.executable, "-m", "functions.migrations"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **passwords, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_an_empty_database_is_made_fit_for_every_role(empty: str, postgres: Postgres) -> None:
    """After the Job each domain's role logs in with its password; run again, it changes nothing."""
    for _ in range(2):
        done = migrate(DATABASE_ADMIN_URL=empty)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"the database is at revision {head()}\n", "")
    name = empty.partition("@/")[2].partition("?")[0]
    for domain in DOMAINS:
        engine = create_engine(postgres.url_of(f"todo_{domain}", PASSWORD, name), poolclass=NullPool)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT current_user")) == f"todo_{domain}"


def test_what_is_not_set_is_named() -> None:
    """One line names the variable."""
    done = migrate()
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "migrate: DATABASE_ADMIN_URL is not set\n")


def test_what_postgresql_refuses_is_said_in_its_words(empty: str) -> None:
    """A role that may not is final at once: one line, without the URL's password."""
    done = migrate(DATABASE_ADMIN_URL=empty.replace("//postgres:", "//nobody:"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("migrate: ")
    assert "nobody" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_database_that_is_not_there_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be installed together with the Job; where it never comes, one line says so."""
    monkeypatch.setenv("DATABASE_ADMIN_URL", "postgresql+pg8000://postgres:hush@/todo?unix_sock=/nowhere/.s.PGSQL.5432")
    for domain in DOMAINS:
        monkeypatch.setenv(f"DATABASE_PASSWORD_{domain.upper()}", PASSWORD)
    monkeypatch.setattr(__main__, "PATIENCE", 0.5)
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert str(ended.value).startswith("migrate: the database cannot be reached: ")
    assert "hush" not in str(ended.value)


def test_a_url_whose_tls_means_nothing_is_refused() -> None:
    """A mode that would let TLS be talked out of is named, with those that are taken."""
    done = migrate(DATABASE_ADMIN_URL="postgresql+pg8000://postgres:hush@localhost/todo?sslmode=prefer")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("migrate: DATABASE_ADMIN_URL: sslmode must be one of disable, require, ")
