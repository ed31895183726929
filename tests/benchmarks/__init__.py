"""Benchmarks: they print measurements, and have no limits that could fail."""
