"""Tests, in folders by their needs: Python alone, a database, the platform, or a cluster."""
