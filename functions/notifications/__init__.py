"""Notifications: a message to a user, through each channel that they want."""
