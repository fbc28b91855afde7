"""Who is calling, and the session tokens that we issue. Knows no framework, no clock, no file."""
