"""MMIF bytes by sha256, in a directory or in S3."""
