"""One file a picture: from facts to what plotly draws, and to a caption that says the same."""
