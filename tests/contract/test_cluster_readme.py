"""knative/README.md, against the tests that run its commands on a cluster."""

from tests.cluster import readme

RUN = (readme.INSTALL, readme.LOOK, readme.BY_KN, readme.CANARY, readme.BY_HELM, readme.UPGRADE)
"""The blocks that tests/cluster runs, by how they begin."""


def test_every_block_is_run() -> None:
    """Each block of commands is one that a test runs, and each that a test runs is there once."""
    assert [next((one for one in RUN if block[0].startswith(one)), block[0]) for block in readme.blocks()] == list(RUN)
