"""What a collector of OpenTelemetry gets to see."""
