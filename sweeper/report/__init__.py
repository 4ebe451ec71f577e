"""The reports on a sweep: summary.md, and report.html if the extra `report` is installed."""
