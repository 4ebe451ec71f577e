"""Decisions and data: pure, with the standard library only, no clock and no I/O."""
