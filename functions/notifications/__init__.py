"""Notifications: messages to users, through the channels that each user prefers."""
