"""Traces and metrics to a collector, by OTLP over HTTP. Imported only where there is one."""
