"""What changes: variables, the scopes that redirect them, seeds, and the tracking of what a layer owns."""
