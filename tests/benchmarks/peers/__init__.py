"""Job queues that the system is compared with. Each runs in the virtual environment of the peers, not in ours."""
