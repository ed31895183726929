"""Tests of the telemetry that a collector receives."""
