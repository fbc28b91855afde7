"""The documents, and how connexion enforces them."""
