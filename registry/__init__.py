"""The private image registry: its configuration, its client, image names, signatures, retention."""
