"""Exports traces and metrics to a collector with OTLP over HTTP. Imported only if an endpoint is configured.

OpenTelemetry's SDK records the spans. The project has its own exporter for three reasons: OpenTelemetry's HTTP exporter
adds about a tenth of a second to a cold start, its batch processor may take 30 seconds to stop, and its metrics start
without a zero point.
"""
