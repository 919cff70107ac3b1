"""Tells people what they must see about a lead, once, in Slack: the state of each alert and its message."""

SOURCE = "urn:baton:alerts"
