"""The seeded company that shows the whole system at work."""
