"""Tests of the plans that ``scripts/deploy`` makes, without a cluster."""
