"""What Errata does, without a browser: data, training, analysis, services, command line."""
