"""How events travel: the relay that is the clock, dead letters, and the way from Dapr's pub/sub to the broker."""
