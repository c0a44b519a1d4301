"""Chowda runs batches of media files through pipelines of CLAMS apps."""
