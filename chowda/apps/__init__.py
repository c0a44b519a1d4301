"""CLAMS apps: registry, health, load, metadata history, imports, timings, circuit breaker."""
