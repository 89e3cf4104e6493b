"""The controller: keeps Applications as Git wants them, until it is told to stop."""
