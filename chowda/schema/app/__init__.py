"""GraphQL: CLAMS apps."""
