"""Notifications: NOTIFY, LISTEN, fan-out to subscribers, and the change feed."""
