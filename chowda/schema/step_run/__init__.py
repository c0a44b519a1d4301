"""GraphQL: step runs."""
