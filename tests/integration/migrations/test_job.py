"""Tests of the migration Job: its environment, the migrated database, and its output."""

import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from functions.migrations import DATABASE_DOMAINS, __main__, newest_revision
from knative.local.postgres import Postgres
from tests.database import PASSWORD
from tests.functions import ROOT


@pytest.fixture
def empty_database(postgres: Postgres) -> Iterator[str]:
    """The administrator's URL of an empty database."""
    name = f"empty_{uuid4().hex}"
    admin = create_engine(postgres.admin_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield postgres.admin_url.replace("/todo?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def run_job(**environ: str) -> subprocess.CompletedProcess[str]:
    """Run the Job's command with the passwords of the other tests."""
    passwords = {f"DATABASE_PASSWORD_{domain.upper()}": PASSWORD for domain in DATABASE_DOMAINS}
    return subprocess.run(
        [sys.executable, "-m", "functions.migrations"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **passwords, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_every_role_can_log_in_after_the_job(empty_database: str, postgres: Postgres) -> None:
    """The Job migrates an empty database and sets each password. A second run has no effect."""
    for _ in range(2):
        job = run_job(DATABASE_ADMIN_URL=empty_database)
        assert (job.returncode, job.stdout, job.stderr) == (0, f"the database is at revision {newest_revision()}\n", "")
    name = empty_database.partition("@/")[2].partition("?")[0]
    for domain in DATABASE_DOMAINS:
        engine = create_engine(postgres.url_of(f"todo_{domain}", PASSWORD, name), poolclass=NullPool)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT current_user")) == f"todo_{domain}"


def test_a_missing_variable_is_named() -> None:
    """The Job's only line of output names the variable."""
    job = run_job()
    assert (job.returncode, job.stdout, job.stderr) == (1, "", "migrate: DATABASE_ADMIN_URL is not set\n")


def test_a_rejected_login_shows_postgresqls_message(empty_database: str) -> None:
    """A rejected login is not tried again, and the one line of output contains no password."""
    job = run_job(DATABASE_ADMIN_URL=empty_database.replace("//postgres:", "//nobody:"))
    assert (job.returncode, job.stdout) == (1, "")
    assert job.stderr.startswith("migrate: ")
    assert "nobody" in job.stderr
    assert job.stderr.count("\n") == 1


def test_the_job_waits_for_an_unavailable_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Job exits with one line if the database does not become available in time."""
    monkeypatch.setenv("DATABASE_ADMIN_URL", "postgresql+pg8000://postgres:hush@/todo?unix_sock=/nowhere/.s.PGSQL.5432")
    for domain in DATABASE_DOMAINS:
        monkeypatch.setenv(f"DATABASE_PASSWORD_{domain.upper()}", PASSWORD)
    monkeypatch.setattr(__main__, "STARTUP_SECONDS", 0.5)
    with pytest.raises(SystemExit) as error:
        __main__.run_migration_job()
    assert str(error.value).startswith("migrate: the database cannot be reached: ")
    assert "hush" not in str(error.value)


def test_an_insecure_sslmode_is_rejected() -> None:
    """A mode that allows a connection without TLS is rejected, and the message lists the accepted modes."""
    job = run_job(DATABASE_ADMIN_URL="postgresql+pg8000://postgres:hush@localhost/todo?sslmode=prefer")
    assert (job.returncode, job.stdout) == (1, "")
    assert job.stderr.startswith("migrate: DATABASE_ADMIN_URL: sslmode must be one of disable, require, ")
