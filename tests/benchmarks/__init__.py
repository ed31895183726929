"""Figures: they are printed, and judge nothing."""
