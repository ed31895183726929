"""Reminders: planned with their task or by themselves, said when their moment comes, settled once delivered."""
