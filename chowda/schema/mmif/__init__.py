"""GraphQL: MMIF."""
