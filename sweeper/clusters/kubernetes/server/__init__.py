"""The modules that communicate with the API server. They make no decisions."""
