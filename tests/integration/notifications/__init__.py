"""Notifications on a real PostgreSQL, and to a real receiver."""
