"""What each verb of the command line does; its options are in the module of the same name in `parsers/`."""
