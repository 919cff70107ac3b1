"""Scoring: what each lead's activities are worth, and which leads are qualified."""
