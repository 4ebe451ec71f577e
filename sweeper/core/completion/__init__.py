"""Shell completion: what the word at the cursor may be, and how each shell reads the answer."""
