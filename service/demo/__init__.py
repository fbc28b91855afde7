"""The demo dashboard: a page that signs in, refreshes and breaks things, to watch the service work."""
