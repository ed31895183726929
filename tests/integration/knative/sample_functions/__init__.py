"""Functions for the tests of the local platform."""
