"""Tests of the HTTP service tasks."""
