"""`chowda up`: the supervisor, its child processes and the embedded Postgres."""
