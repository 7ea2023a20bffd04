"""What the pages share: the header, the theme, the charts, the state of a session."""
