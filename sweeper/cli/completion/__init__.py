"""`cvsweep completion`: the scripts that shells load, and the program that they call at every TAB."""
