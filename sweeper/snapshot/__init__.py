"""The copy of the project, and the record of its code and environment."""
