"""Rules of gradients, one file a subject."""
