"""Where revocations and API keys live, and the copy of them that every worker holds."""
