"""GraphQL: step attempts."""
