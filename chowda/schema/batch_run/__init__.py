"""GraphQL: batch runs."""
