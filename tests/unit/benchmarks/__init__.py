"""Tests of the benchmarks' arithmetic, tables and plots."""
