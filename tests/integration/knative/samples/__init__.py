"""Functions for the platform's own tests."""
