"""Integration tests of notifications, with a real PostgreSQL and real receivers."""
