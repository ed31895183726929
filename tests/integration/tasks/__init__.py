"""The function tasks, through HTTP."""
