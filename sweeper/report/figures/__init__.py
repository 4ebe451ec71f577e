"""One file a picture: from facts to what plotly draws, and to the words that say the same."""
