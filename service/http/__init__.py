"""Bytes to a request, and a response to bytes."""
