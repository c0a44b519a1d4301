"""Media files, their documents, collections and MMIF."""
