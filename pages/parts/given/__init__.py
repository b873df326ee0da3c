"""An image that a reader brings: read once, kept in the session, looked at by every lens."""
