"""Helpers for channels that send to an address a user chose: which addresses are allowed, and one bounded request."""
