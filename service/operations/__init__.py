"""What is served beside the contract."""
