"""Shell completion: the candidates for the word at the cursor, and each shell's output format."""
