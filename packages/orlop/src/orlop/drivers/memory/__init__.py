"""Images in the memory of this process: the reference driver."""
