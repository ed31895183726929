"""Tests of the connection to PostgreSQL."""
