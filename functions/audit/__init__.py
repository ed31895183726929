"""The audit log: every domain event in a Merkle tree with signed checkpoints."""
