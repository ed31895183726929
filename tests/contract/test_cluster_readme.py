"""Tests that tests/cluster runs every command of knative/README.md."""

from tests.cluster import readme

RUN = (readme.INSTALL, readme.LOOK, readme.BY_KN, readme.CANARY, readme.BY_HELM, readme.UPGRADE)
"""The first words of the blocks that tests/cluster runs."""


def test_every_block_is_run() -> None:
    """Each block is run by a test, and each block that a test runs exists once."""
    assert [next((one for one in RUN if block[0].startswith(one)), block[0]) for block in readme.read_blocks()] == list(
        RUN
    )
