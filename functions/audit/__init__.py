"""The record of everything that was said."""
