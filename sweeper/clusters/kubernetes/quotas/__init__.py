"""What pods cost, and how much of the namespace is left. Pure."""
