"""What outlives a request: the store and its replica, the key file, counters."""
