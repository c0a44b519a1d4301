"""The client of a Chowda server: GraphQL through gql, MMIF over HTTP, and what the terminal shows of it."""
