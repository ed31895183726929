"""Run all functions on a laptop, without Kubernetes: broker, clock, scaling from zero, and an embedded PostgreSQL."""
