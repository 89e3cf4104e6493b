"""What `import tenter` offers."""
