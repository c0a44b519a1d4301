"""GraphQL: pipelines."""
