"""What the browser sees: pages, components, and the routes they fetch from."""
