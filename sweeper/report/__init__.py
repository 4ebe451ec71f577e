"""What people look at after a sweep: summary.md, and report.html where the extra `report` is there."""
