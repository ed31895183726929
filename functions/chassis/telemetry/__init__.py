"""Telemetry: logs, metrics and traces of a function."""
