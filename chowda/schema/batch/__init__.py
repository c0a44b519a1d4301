"""GraphQL: batches."""
