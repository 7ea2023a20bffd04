"""What pages, routes, command line and worker call: store first, then who acts."""
