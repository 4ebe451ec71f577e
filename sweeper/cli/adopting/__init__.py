"""`cvsweep init` in a project that has a program already: find it, read it, write its configuration."""
