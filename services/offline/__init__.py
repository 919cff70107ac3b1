"""The in-memory shell: the very functions of the live services, in virtual time, over a file of events."""
