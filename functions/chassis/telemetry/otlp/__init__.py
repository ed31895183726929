"""Exports traces and metrics to a collector with OTLP over HTTP. Imported only if an endpoint is configured.

OpenTelemetry's SDK records the spans. The project has its own exporter for three reasons. OpenTelemetry's HTTP exporter
adds some 40 ms of CPU time and 6 MB to a cold start. Its batch processor may take 30 seconds to stop. Its metrics have
no zero point at their start.
"""
