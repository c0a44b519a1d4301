"""`chowda doctor`: consistency checks of a live database, and repairs."""
