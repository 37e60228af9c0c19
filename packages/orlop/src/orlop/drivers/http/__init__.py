"""Images on web servers, by https and http; read only."""
