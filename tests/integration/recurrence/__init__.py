"""Tests of the reaction create-next-occurrence, through its events."""
