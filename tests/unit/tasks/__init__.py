"""Tests of the pure parts of tasks."""
