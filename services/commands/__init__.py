"""The commands that belong to no single service."""
