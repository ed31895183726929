"""The chassis on a real PostgreSQL."""
