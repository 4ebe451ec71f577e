"""`cvsweep completion`: the scripts that shells load, and the program that they ask at every TAB."""
