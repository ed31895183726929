"""The questions of ``scripts/bench``, a module each. ``measure`` returns raw numbers, and ``report`` the answer."""
