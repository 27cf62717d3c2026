"""By what the fleet's images are known, and by what podman knows them."""
