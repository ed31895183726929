"""Benchmarks on a real cluster. Run them by name; they print figures and assert no speed."""
