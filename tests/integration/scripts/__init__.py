"""The commands in scripts/, run for real."""
