"""A stand-in for Knative on a laptop: broker, scale from zero, clock, and a database of its own."""
