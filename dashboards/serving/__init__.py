"""What the server does beside drawing pages: files without data, compression, the table of a chart as CSV."""
