"""What Kubernetes demands of an object of each kind. One module for each family of kinds."""
