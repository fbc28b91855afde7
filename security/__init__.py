"""Who is calling, and what they are handed."""
