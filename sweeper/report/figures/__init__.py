"""The figures of the page, one per file: each module makes plotly's data and a caption from the facts."""
