"""GraphQL: pipeline runs."""
