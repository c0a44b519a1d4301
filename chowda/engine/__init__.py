"""The engine: claims, step outcomes, leases, dispatch, retention."""
