"""What the suites share, one idea a file."""
