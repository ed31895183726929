"""Proofs over HTTP, checked as RFC 9162 says a client does."""

import random
import time

import pytest

from tests.integration.audit.conftest import Checked
from tests.proof_checks import proves_consistency, proves_inclusion


def test_proofs_of_every_size(log: Checked) -> None:
    """For each of 17 sizes every inclusion proof, and the consistency with every size before, convinces."""
    log.deliver(17)
    roots, leaves = log.roots, log.leaf_hashes
    seed = time.time_ns()
    print(f"seed {seed}")  # noqa: T201 - it replays a failure
    chance = random.Random(seed)
    for size in range(1, 18):
        for index in {0, size - 1, chance.randrange(size), chance.randrange(size)}:
            proof = log.proof("inclusion", index=index, size=size)
            assert proves_inclusion(leaves[index], index, size, proof, roots[size])
            assert not proves_inclusion(leaves[index - 1], index, size, proof, roots[size]) or size == 1
        for first in {1, size, chance.randrange(size) + 1, chance.randrange(size) + 1}:
            proof = log.proof("consistency", first=first, second=size)
            assert proves_consistency(first, size, proof, roots[first], roots[size])


def test_proofs_are_answered_from_the_hashes_that_are_kept(log: Checked) -> None:
    """No entry is read, and none hashed anew: with the entries out of sight the proofs are the same."""
    log.deliver(11)
    asked = [("inclusion", {"index": index, "size": 11}) for index in range(11)]
    asked += [("consistency", {"first": first, "second": 11}) for first in range(1, 12)]
    before = [log.proof(kind, **query) for kind, query in asked]
    log.append.database.run("REVOKE SELECT ON audit.entries FROM todo_audit")
    try:
        assert [log.proof(kind, **query) for kind, query in asked] == before
        assert log.get("/audit/entries").status_code == 500
    finally:
        log.append.database.run("GRANT SELECT ON audit.entries TO todo_audit")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("inclusion?index=2&size=2", "index"),
        ("inclusion?index=-1&size=2", "index"),
        ("inclusion?index=0&size=3", "size"),
        ("inclusion?index=0&size=0", "size"),
        ("inclusion?size=1", "index"),
        ("inclusion?index=0&size=9223372036854775808", "size"),
        ("consistency?first=0&second=2", "first"),
        ("consistency?first=2&second=1", "first"),
        ("consistency?first=1&second=3", "second"),
        ("consistency?first=one&second=2", "first"),
        ("consistency?first=1", "second"),
    ],
)
def test_what_is_out_of_range_is_named(log: Checked, query: str, named: str) -> None:
    """A proof that there cannot be is refused with the parameter that is wrong."""
    log.deliver(2)
    answer = log.get(f"/audit/proof/{query}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.get_json()["errors"][0]["field"] == named
