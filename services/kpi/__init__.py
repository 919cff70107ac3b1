"""The kpi service: one definition of each number, recomputable from the events."""
