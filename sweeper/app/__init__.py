"""Use cases: create a sweep, control it, ask something of it, read it. Nothing prints or handles signals."""
