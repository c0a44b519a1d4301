"""GraphQL: media files."""
