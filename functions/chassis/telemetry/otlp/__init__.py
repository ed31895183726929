"""Exports traces and metrics to a collector with OTLP over HTTP. Imported only if an endpoint is configured."""
