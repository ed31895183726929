"""Of notifications: arithmetic and addresses."""
