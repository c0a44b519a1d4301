"""Batches: create, change and delete; what they are made of."""
