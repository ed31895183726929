"""Figures of a real cluster: run by name, printed, judged by nobody."""
