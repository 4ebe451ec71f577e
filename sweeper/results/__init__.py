"""Readers of metric files, curves, and the table of results. The only part that uses pandas."""
