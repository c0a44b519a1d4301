"""GraphQL: collections."""
