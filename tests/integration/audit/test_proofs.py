"""Tests of the proofs over HTTP, checked with the algorithms of RFC 9162."""

import random
import time

import pytest

from tests.integration.audit.log_under_test import LogUnderTest
from tests.proof_checks import is_valid_consistency_proof, is_valid_inclusion_proof


def test_proofs_are_valid_at_every_size(log: LogUnderTest) -> None:
    """For each of 17 sizes, some inclusion proofs and consistency proofs are checked, chosen at random."""
    log.append_entries(17)
    roots, leaves = log.roots, log.leaf_hashes
    seed = time.time_ns()
    print(f"seed {seed}")  # noqa: T201 - the seed replays a failure
    chance = random.Random(seed)
    for size in range(1, 18):
        for index in {0, size - 1, chance.randrange(size), chance.randrange(size)}:
            proof = log.get_proof("inclusion", index=index, size=size)
            assert is_valid_inclusion_proof(leaves[index], index, size, proof, roots[size])
            assert not is_valid_inclusion_proof(leaves[index - 1], index, size, proof, roots[size]) or size == 1
        for first in {1, size, chance.randrange(size) + 1, chance.randrange(size) + 1}:
            proof = log.get_proof("consistency", first=first, second=size)
            assert is_valid_consistency_proof(first, size, proof, roots[first], roots[size])


def test_proofs_are_computed_from_stored_hashes(log: LogUnderTest) -> None:
    """Without the permission to read entries, the proofs are the same."""
    log.append_entries(11)
    requests = [("inclusion", {"index": index, "size": 11}) for index in range(11)]
    requests += [("consistency", {"first": first, "second": 11}) for first in range(1, 12)]
    before = [log.get_proof(kind, **query) for kind, query in requests]
    log.append.database.run("REVOKE SELECT ON audit.entries FROM todo_audit")
    try:
        assert [log.get_proof(kind, **query) for kind, query in requests] == before
        assert log.get("/audit/entries").status_code == 500
    finally:
        log.append.database.run("GRANT SELECT ON audit.entries TO todo_audit")


@pytest.mark.parametrize(
    ("query", "field"),
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
def test_a_parameter_out_of_range_is_rejected(log: LogUnderTest, query: str, field: str) -> None:
    """The problem names the wrong parameter."""
    log.append_entries(2)
    response = log.get(f"/audit/proof/{query}")
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert response.get_json()["errors"][0]["field"] == field
